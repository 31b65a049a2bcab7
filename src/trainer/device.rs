//! Which device a run goes to. Asking never fails: what cannot be had ends on the CPU, with the reason; the page has the words.

use super::protocol::{Adapter, AdapterFeature, DeviceNote};
use super::settings::DeviceChoice;
use crate::backend::Device;
use crate::backend::gpu::{AdapterReport, GpuBackend, NO_ADAPTER, Tuning};
use crate::error::{Error, Result};
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    /// The GPU in use: a second run need not open it again.
    static OPEN: RefCell<Option<GpuBackend>> = const { RefCell::new(None) };
    /// The kernel variants that a trial picked, by adapter.
    static KERNELS: RefCell<BTreeMap<String, Tuning>> = const { RefCell::new(BTreeMap::new()) };
}

/// A device, and what goes with the choice.
#[derive(Debug)]
pub struct Chosen {
    pub device: Device,
    /// Which adapter, or why the CPU.
    pub note: Option<DeviceNote>,
    /// After a trial of kernel variants: all that were ever picked, for [`recall_kernels`] of another day.
    pub kernels: Option<String>,
}

/// Chooses. `auto` takes a GPU only if it is a real one: a software adapter is the processor in a detour. On an adapter that is not
/// known yet the kernel variants are tried, by a clock that gives milliseconds.
pub async fn choose(choice: DeviceChoice, clock: fn() -> f64) -> Chosen {
    let cpu = |note| Chosen { device: Device::Cpu, note, kernels: None };
    if choice == DeviceChoice::Cpu {
        return cpu(None);
    }
    let gpu = match open().await {
        Ok(gpu) => gpu,
        Err(Error::Device(reason)) if reason == NO_ADAPTER => return cpu(Some(DeviceNote::Absent)),
        Err(Error::Device(reason) | Error::DeviceLost(reason)) => return cpu(Some(DeviceNote::Unavailable(reason))),
        Err(error) => return cpu(Some(DeviceNote::Unavailable(error.to_string()))),
    };
    if choice == DeviceChoice::Auto && gpu.report().software {
        return cpu(Some(DeviceNote::Software(gpu.report().name.clone())));
    }
    match tune(&gpu, clock).await {
        Ok(kernels) => {
            let note = Some(DeviceNote::Adapter(Box::new(describe(&gpu))));
            Chosen { device: gpu.device(), note, kernels }
        }
        Err(error) => cpu(Some(DeviceNote::Unavailable(error.to_string()))),
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

/// Sets the remembered kernel variants, or tries them: then the text to remember.
async fn tune(gpu: &GpuBackend, clock: fn() -> f64) -> Result<Option<String>> {
    let name = key(gpu.report());
    if let Some(known) = KERNELS.with(|kernels| kernels.borrow().get(&name).copied()) {
        gpu.set_tuning(known);
        return Ok(None);
    }
    let picked = gpu.try_variants(clock).await?;
    KERNELS.with(|kernels| kernels.borrow_mut().insert(name, picked));
    Ok(Some(KERNELS.with(|kernels| kernels.borrow().iter().map(|(name, picked)| format!("{name}\t{picked}\n")).collect())))
}

/// Takes up what an earlier visit remembered; lines that make no sense are passed over.
pub fn recall_kernels(text: &str) {
    let lines = text.lines().filter_map(|line| {
        let (name, picked) = line.split_once('\t')?;
        Some((name.to_string(), picked.parse().ok()?))
    });
    KERNELS.with(|kernels| kernels.borrow_mut().extend(lines));
}

fn key(report: &AdapterReport) -> String {
    format!("{} {}", report.name, report.interface).replace(['\t', '\n'], " ")
}

/// What the page is told of a GPU.
fn describe(gpu: &GpuBackend) -> Adapter {
    let report = gpu.report();
    let has = |name: &str| report.features.iter().any(|feature| feature == name);
    let features = [
        ("subgroup", AdapterFeature::Subgroups),
        ("shader_f16", AdapterFeature::HalfPrecision),
        ("timestamp_query", AdapterFeature::Timestamps),
    ];
    Adapter {
        name: report.name.clone(),
        interface: report.interface.clone(),
        software: report.software,
        binding_bytes: report.max_binding_bytes,
        workgroup_threads: report.max_workgroup_threads,
        workgroup_bytes: report.max_workgroup_bytes,
        features: features.into_iter().filter(|(name, _)| has(name)).map(|(_, feature)| feature).collect(),
        kernels: gpu.tuning(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_that_was_remembered_is_passed_over() {
        recall_kernels("A\ttile32 tile32 tile64 groups\nB\tnonsense\nC");
        KERNELS.with(|kernels| assert_eq!(kernels.borrow().keys().collect::<Vec<_>>(), ["A"]));
    }
}
