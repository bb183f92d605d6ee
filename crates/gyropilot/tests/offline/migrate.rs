//! `gyropilot migrate`.
