// A page whose session has ended shows nothing any more: it is asked for again, and the server answers
// with the sign-in page, or with what its reader may see by now.
"use strict";
{
  const AGAIN_AFTER = 3000;

  const leave = () => {
    document.body.replaceChildren();
    location.replace(location.pathname + location.search);
  };

  // Every page has a stream, of what happens or of its session alone; both are refused once it has ended.
  const refused = (status) => {
    const ended = status === 401 || status === 403;
    if (ended) leave();
    return ended;
  };

  // The extension connects again by itself, but for the first time.
  const connectAgain = ({ target, detail }) => {
    const address = target.getAttribute?.("hx-sse:connect");
    if (!address || refused(detail.ctx?.response?.status)) return;
    setTimeout(() => target.isConnected && htmx.ajax("GET", address, { source: target }), AGAIN_AFTER);
  };

  document.addEventListener("htmx:sse:error", ({ detail }) => refused(detail.status));
  document.addEventListener("htmx:response:error", connectAgain);
  document.addEventListener("htmx:error", connectAgain);

  // The browser shows a page as it was left, and asks nobody.
  addEventListener("pageshow", ({ persisted }) => persisted && leave());
}
