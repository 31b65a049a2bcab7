//! The same matrix product on the CPU and on the GPU: how long one takes, over and over.

use super::Handle;
use super::controls;
use super::running::now;
use crate::backend::Device;
use crate::random::Generator;
use crate::tensor::Tensor;
use crate::trainer::device::{choose, recall_kernels};
use crate::trainer::protocol::DeviceNote;
use crate::trainer::settings::DeviceChoice;
use crate::ui::i18n::{t, use_i18n};
use crate::ui::trials;
use leptos::prelude::*;
use std::time::Duration;

/// How long each side runs, in milliseconds, and how often at most.
const LONG_ENOUGH: f64 = 400.0;
const MOST: usize = 200;

async fn rest() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(move || drop(resolve.call0(&wasm_bindgen::JsValue::NULL)), Duration::ZERO)
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

fn matrix(size: usize, seed: u64) -> crate::Result<Tensor> {
    Tensor::from_vec(Generator::new(seed).rand_f32(size * size), [size, size])
}

/// Milliseconds a product, and products a second in billions of operations. Every product is read back.
async fn run(device: &Device, size: usize) -> crate::Result<(f64, f64)> {
    let (a, b) = (matrix(size, 1)?.to_device(device).await?, matrix(size, 2)?.to_device(device).await?);
    // The first one compiles and warms up.
    a.mm(&b)?.read().await?;
    let (mut spent, mut count) = (0.0, 0);
    while spent < LONG_ENOUGH && count < MOST {
        let began = now();
        a.mm(&b)?.read().await?;
        spent += now() - began;
        count += 1;
        // The page has its turn between products.
        rest().await;
    }
    let each = spent / f64::from(count as u32);
    Ok((each, 2.0 * (size as f64).powi(3) / each / 1e6))
}

/// A GPU with the kernels that suit it, or why there is none.
async fn open_gpu() -> (Device, Option<DeviceNote>) {
    if let Some(known) = trials::kernels() {
        recall_kernels(&known);
    }
    let chosen = choose(DeviceChoice::Gpu, now).await;
    if let Some(found) = &chosen.kernels {
        trials::remember_kernels(found);
    }
    (chosen.device, chosen.note)
}

/// The widget `device-race`.
#[component]
pub fn Race(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let busy = RwSignal::new(false);
    let (result, adapter) = handle.kept(|| (RwSignal::new(None::<(f64, Option<f64>)>), RwSignal::new(String::new())));
    let go = move |_| {
        let size = handle.whole("size");
        busy.set(true);
        leptos::task::spawn_local(async move {
            let show = |(each, speed): (f64, f64)| format!("{each:.2} ms ({speed:.1} GFLOP/s)");
            let cpu = run(&Device::Cpu, size).await.ok();
            handle.show_live("cpu", cpu.map_or_else(|| "–".to_owned(), show));
            let gpu = match open_gpu().await {
                (device, Some(DeviceNote::Adapter(found))) => {
                    let software = if found.software { t!(i18n, learn.software)() } else { "" };
                    adapter.try_set(format!("{} {software}", found.name));
                    run(&device, size).await.map_err(|error| error.to_string())
                }
                (_, Some(DeviceNote::Unavailable(reason))) => Err(reason),
                _ => Err(String::new()),
            };
            match &gpu {
                Ok(gpu) => handle.show_live("gpu", show(*gpu)),
                Err(error) => {
                    handle.show_live("gpu", "–".to_owned());
                    adapter.try_set(error.clone());
                }
            }
            result.try_set(cpu.map(|cpu| (cpu.0, gpu.ok().map(|gpu| gpu.0))));
            busy.try_set(false);
        });
    };
    let bars = move || {
        let (cpu, gpu) = result.get()?;
        let longest = gpu.unwrap_or(0.0).max(cpu);
        let row = |name: &'static str, time: Option<f64>, key: &'static str| {
            let width = time.map_or(0.0, |time| time / longest * 100.0);
            view! {
                <div class="race-row">
                    <span>{name}</span>
                    <span class="series-track" aria-hidden="true"><span class="series-part" style=format!("left:0;width:{width:.1}%")></span></span>
                    <span class="number">{handle.shown(key)}</span>
                </div>
            }
        };
        Some(view! { {row("CPU", Some(cpu), "cpu")} {row("GPU", gpu, "gpu")} })
    };
    view! {
        <div class="widget-stage" aria-live="polite">
            {bars}
            <p class="small muted">{move || adapter.get()}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" data-testid="race" prop:disabled=move || busy.get() on:click=go>{t!(i18n, learn.race)}</button>
        </div>
        {controls::all(handle, &[])}
    }
}
