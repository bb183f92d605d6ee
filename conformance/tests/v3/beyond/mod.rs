//! What ContainerPilot never had. An implementation of 3.8.0 fails all of it.

mod exit;
mod restart;
