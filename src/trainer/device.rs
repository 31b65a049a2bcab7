//! Which device a run goes to. Asking never fails: what cannot be had ends on the CPU, with the reason in words.

use super::settings::DeviceChoice;
use crate::backend::Device;

/// A device, and why it is not the one that was asked for.
pub async fn choose(choice: DeviceChoice) -> (Device, Option<String>) {
    match choice {
        DeviceChoice::Auto | DeviceChoice::Cpu => (Device::Cpu, None),
        DeviceChoice::Gpu => (Device::Cpu, Some("WebGPU".to_string())),
    }
}
