"""A process: settings, logging, wall clock, signals, and the parts of a distributed service."""

from shared.process import distributed, regular_files, runner, tls
from shared.process.guard import guard_process, trim_audit
from shared.process.logging import configure_logging
from shared.process.regular_files import UnusableFileError
from shared.process.runner import AcceleratedClock, Now, tune_garbage_collector, wait_for_stop
from shared.process.service import Service, Work
from shared.process.shipped import (
    SHIPPED,
    first_catalogue,
    load_catalogue,
    mapping_profile,
    mapping_profiles,
)
from shared.process.terminal import (
    FilePath,
    environment,
    fail,
    language,
    progress_bar,
    say,
    shown_path,
    tell,
)
from shared.settings import Settings, read_settings, secret
