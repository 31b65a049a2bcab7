//! Which variant of a kernel suits the adapter: workgroup memory and barriers are what real GPUs want and what software
//! adapters pay dearly for.

use super::adapter::AdapterReport;

/// The choices in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Matrix products and weight gradients in registers alone, without workgroup memory.
    pub registers: bool,
}

impl Tuning {
    /// Before any trial: by the kind of adapter.
    pub(super) fn guess(report: &AdapterReport) -> Tuning {
        Tuning { registers: report.software }
    }
}
