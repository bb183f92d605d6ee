mod faults;
mod folder;
mod form;
mod rig;
mod simulated;
