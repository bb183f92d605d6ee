//! What ContainerPilot never had. An implementation of 3.8.0 fails all of it.

mod catalogue;
mod exit;
mod hardening;
mod health;
mod orders;
mod programs;
mod readiness;
mod restart;
mod secrets;
mod signals;
mod status;
mod stop;
mod surroundings;
mod when;
