// What an eye sees wrong with a page as it is drawn: each function gives a list of sentences, empty when all is well.
(() => {
  const told = (element) => {
    const name = element.tagName.toLowerCase() + (element.id ? "#" + element.id : "");
    return `<${name} class="${element.getAttribute("class") || ""}"> “${(element.textContent || "").trim().slice(0, 60)}”`;
  };
  const clipped = (element) => {
    // Kept for those who listen: clipped to nothing.
    for (let up = element; up; up = up.parentElement) if (getComputedStyle(up).clipPath !== "none") return true;
    return false;
  };
  const seen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".skip") && !clipped(element);
  const scrolled = (element) => {
    for (let up = element; up; up = up.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX) && up !== document.documentElement) return up;
    }
    return null;
  };
  const cut = (element, box) => {
    // By something around it that shows no more than fits. What scrolls shows all in turn.
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      const overflow = getComputedStyle(up).overflowX;
      if (["auto", "scroll"].includes(overflow)) return false;
      const edge = up.getBoundingClientRect();
      if (["hidden", "clip"].includes(overflow) && (box.left < edge.left - 1 || box.right > edge.right + 1)) return true;
    }
    return false;
  };
  const lines = () => {
    // Each line of text as it stands on the page.
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const text = walker.currentNode, element = text.parentElement;
      if (!text.data.trim() || element.closest("script, option") || !seen(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) if (box.width > 1) found.push({ box, element });
    }
    return found;
  };
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  const meeting = (things, what) => {
    const sorted = things.toSorted((a, b) => a.box.top - b.box.top), faults = [];
    sorted.forEach((one, index) => {
      for (let next = index + 1; next < sorted.length && sorted[next].box.top < one.box.bottom; next++) {
        const other = sorted[next];
        const apart = one.element !== other.element && !one.element.contains(other.element) && !other.element.contains(one.element);
        if (apart && overlap(one.box, other.box)) faults.push(`${what} overlap: ${told(one.element)} and ${told(other.element)}`);
      }
    });
    return faults;
  };
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);

  let known = [];
  window.looking = {
    layout() {
      const faults = [], root = document.documentElement, width = root.clientWidth;
      if (root.scrollWidth > width) faults.push(`the page is ${root.scrollWidth} px wide in a window of ${width}`);
      const text = lines();
      for (const { box, element } of text) {
        if ((box.left < -1 || box.right > width + 1) && !scrolled(element)) faults.push(`outside the window: ${told(element)}`);
        const style = getComputedStyle(element);
        const cuts = ["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
        if (cuts || cut(element, box)) faults.push(`cut: ${told(element)}`);
      }
      faults.push(...meeting(text, "texts"));
      const pressed = controls().filter((one) => seen(one) && one.tabIndex >= 0 && !one.matches("[tabindex]"));
      faults.push(...meeting(pressed.map((element) => ({ element, box: element.getBoundingClientRect() })), "controls"));
      return faults;
    },
    controls() {
      // Remembered as elements, and not by a mark on each: a live list is drawn over, and must keep its elements, but not their marks.
      known = controls();
      return known.map(told);
    },
    focused() {
      // Where the keyboard is: its number among the controls, and what is wrong with how that shows.
      const element = document.activeElement;
      if (!element || element === document.body) return { number: -1, faults: [] };
      const style = getComputedStyle(element), box = element.getBoundingClientRect(), faults = [];
      if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push(`focus does not show: ${told(element)}`);
      const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      if (!within) faults.push(`focused out of sight: ${told(element)}`);
      return { number: known.indexOf(element), faults };
    },
  };
})();
