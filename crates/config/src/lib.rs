//! Text to Plan: templates, JSON5 with positions, both ContainerPilot generations, diagnostics.
