//! One struct an event; log formats and metrics.
