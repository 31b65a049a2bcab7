//! Which device a run goes to. Asking never fails: what cannot be had ends on the CPU, with the reason in words.

use super::protocol::DeviceNote;
use super::settings::DeviceChoice;
use crate::backend::Device;
use crate::backend::gpu::{AdapterReport, GpuBackend};
use crate::error::Result;
use std::cell::RefCell;

thread_local! {
    /// The GPU in use: a second run need not open it again.
    static OPEN: RefCell<Option<GpuBackend>> = const { RefCell::new(None) };
}

/// A device, and what is to be said of the choice: which adapter, or why the CPU. `auto` takes a GPU only if it is a real one: a
/// software adapter is the processor in a detour.
pub async fn choose(choice: DeviceChoice) -> (Device, Option<DeviceNote>) {
    if choice == DeviceChoice::Cpu {
        return (Device::Cpu, None);
    }
    match open().await {
        Ok(gpu) if choice == DeviceChoice::Auto && gpu.report().software => {
            (Device::Cpu, Some(DeviceNote::Software(gpu.report().name.clone())))
        }
        Ok(gpu) => {
            let detail = describe(gpu.report());
            (Device::Gpu(gpu), Some(DeviceNote::Adapter(detail)))
        }
        Err(error) => (Device::Cpu, Some(DeviceNote::Unavailable(error.to_string()))),
    }
}

async fn open() -> Result<GpuBackend> {
    let present = OPEN.with(|open| open.borrow().clone());
    match present {
        // A lost device is replaced by a fresh one.
        Some(gpu) if gpu.check().is_ok() => Ok(gpu),
        _ => {
            let gpu = GpuBackend::open().await?;
            OPEN.with(|open| *open.borrow_mut() = Some(gpu.clone()));
            Ok(gpu)
        }
    }
}

/// The adapter in a line: name, kind, limits, features that count.
fn describe(report: &AdapterReport) -> String {
    let kind = if report.software { ", software" } else { "" };
    let features: Vec<&str> = ["subgroup", "shader_f16", "timestamp_query"]
        .into_iter()
        .filter(|wanted| report.features.iter().any(|feature| feature == wanted))
        .collect();
    let features = if features.is_empty() { String::new() } else { format!(", {}", features.join(", ")) };
    format!(
        "{} ({}{kind}; {} MB / buffer, {} x {} KB / workgroup{features})",
        report.name,
        report.interface,
        report.max_binding_bytes >> 20,
        report.max_workgroup_threads,
        report.max_workgroup_bytes >> 10,
    )
}
