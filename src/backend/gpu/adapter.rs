//! Finding an adapter and opening a device on it. Absence is a value: every way to fail is an `Error::Device` that
//! says why, for the page to show beside the CPU that is used instead.

use crate::error::{Error, Result};

/// The reason where there is none that could be opened.
pub const NO_ADAPTER: &str = "there is no adapter";

/// What is known of the adapter in use.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterReport {
    /// As the driver or the browser calls it; browsers may hide parts of it.
    pub name: String,
    /// The programming interface behind wgpu: `BrowserWebGpu`, `Vulkan`.
    pub interface: String,
    /// Whether the processor plays the GPU: then the CPU backend is the better choice.
    pub software: bool,
    /// Whether it translates a shader as it stands, without an optimizer that long ones keep busy for seconds.
    pub compiles_plainly: bool,
    /// Largest buffer that a kernel can bind, in bytes.
    pub max_binding_bytes: u64,
    /// Largest buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Storage buffers that one kernel can bind.
    pub max_storage_buffers: u32,
    /// Threads of a workgroup.
    pub max_workgroup_threads: u32,
    /// Workgroup memory, in bytes.
    pub max_workgroup_bytes: u32,
    /// Workgroups in one direction of a dispatch.
    pub max_workgroups: u32,
    /// Optional features that the adapter offers.
    pub features: Vec<String>,
}

/// What an adapter is called whose name the browser hides; the page has words for it.
pub const UNNAMED: &str = "unnamed adapter";

/// Names of the well-known software adapters, in lower case.
const SOFTWARE_NAMES: [&str; 5] = ["swiftshader", "llvmpipe", "lavapipe", "basic render", "software"];

impl AdapterReport {
    fn new(adapter: &wgpu::Adapter) -> AdapterReport {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let text = format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase();
        // Browsers leave the name empty where they hide it; the driver text then says the architecture at least.
        let name = [&info.name, &info.driver, &info.driver_info].into_iter().find(|text| !text.is_empty());
        AdapterReport {
            name: name.cloned().unwrap_or_else(|| UNNAMED.to_string()),
            interface: format!("{:?}", info.backend),
            software: info.device_type == wgpu::DeviceType::Cpu || SOFTWARE_NAMES.iter().any(|name| text.contains(name)),
            compiles_plainly: text.contains("swiftshader"),
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            max_buffer_bytes: limits.max_buffer_size,
            max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
            max_workgroup_threads: limits.max_compute_invocations_per_workgroup,
            max_workgroup_bytes: limits.max_compute_workgroup_storage_size,
            max_workgroups: limits.max_compute_workgroups_per_dimension,
            features: adapter.features().iter_names().map(|(name, _)| name.to_lowercase()).collect(),
        }
    }
}

/// The best adapter there is, opened; with `least`, as if it offered no more than every adapter must. An error says that there is
/// none, or what it refused.
pub(super) async fn open(least: bool) -> Result<(AdapterReport, wgpu::Device, wgpu::Queue)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    let adapter = instance.request_adapter(&options).await.map_err(|error| match error {
        // What wgpu says of it is a list of what it was compiled without.
        wgpu::RequestAdapterError::NotFound { .. } => Error::Device(NO_ADAPTER.to_string()),
        other => Error::Device(other.to_string()),
    })?;
    let mut report = AdapterReport::new(&adapter);
    // What the adapter has beyond the defaults is asked for where this backend can use it, nothing else.
    let offered = adapter.limits();
    let mut limits = wgpu::Limits::default();
    // Limits of rendering that some adapters lower; this backend uses none of them.
    limits = limits.or_worse_values_from(&offered);
    if !least {
        limits.max_storage_buffer_binding_size = offered.max_storage_buffer_binding_size;
        limits.max_buffer_size = offered.max_buffer_size;
        limits.max_storage_buffers_per_shader_stage = offered.max_storage_buffers_per_shader_stage.min(16);
    }
    report.max_binding_bytes = limits.max_storage_buffer_binding_size;
    report.max_buffer_bytes = limits.max_buffer_size;
    report.max_storage_buffers = limits.max_storage_buffers_per_shader_stage;
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            label: Some("gradlab"),
            required_limits: limits,
            ..wgpu::DeviceDescriptor::default()
        })
        .await
        .map_err(|error| Error::Device(format!("{}: {error}", report.name)))?;
    Ok((report, device, queue))
}
