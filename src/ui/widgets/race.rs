//! The same matrix product on the CPU and on the GPU: how long one takes, over and over; and which of them the page chooses here.

use super::Handle;
use super::controls;
use super::running::now;
use crate::backend::Device;
use crate::random::Generator;
use crate::tensor::Tensor;
use crate::trainer::device::{choose, recall_kernels};
use crate::trainer::protocol::DeviceNote;
use crate::trainer::settings::DeviceChoice;
use crate::ui::i18n::{t, t_string, use_i18n};
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
async fn open_gpu() -> (Device, Found) {
    if let Some(known) = trials::kernels() {
        recall_kernels(&known);
    }
    let chosen = choose(DeviceChoice::Gpu, now).await;
    if let Some(found) = &chosen.kernels {
        trials::remember_kernels(found);
    }
    let found = match chosen.note {
        Some(DeviceNote::Adapter(adapter)) if adapter.software => Found::Software(adapter.name),
        Some(DeviceNote::Adapter(adapter)) => Found::Gpu(adapter.name),
        Some(DeviceNote::Unavailable(reason) | DeviceNote::Lost(reason)) => Found::Nothing(reason),
        Some(DeviceNote::Software(name)) => Found::Software(name),
        Some(DeviceNote::Absent) | None => Found::Absent,
    };
    (chosen.device, found)
}

/// What there is beside the CPU.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Gpu(String),
    Software(String),
    Absent,
    Nothing(String),
}

/// A race that was run: milliseconds of the CPU, of the GPU if there is one, and which that is.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    cpu: f64,
    gpu: Option<f64>,
    found: Found,
}

/// The widget `device-race`.
#[component]
pub fn Race(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let busy = RwSignal::new(false);
    let outcome = handle.kept(|| RwSignal::new(None::<Outcome>));
    let go = move |_| {
        let size = handle.whole("size");
        busy.set(true);
        leptos::task::spawn_local(async move {
            let show = |measured: Option<(f64, f64)>| {
                measured.map_or("–".to_owned(), |(each, speed)| format!("{each:.2} ms ({speed:.1} GFLOP/s)"))
            };
            let cpu = run(&Device::Cpu, size).await.ok();
            handle.show_live("cpu", show(cpu));
            let (device, found) = open_gpu().await;
            let (gpu, found) = match found {
                Found::Absent | Found::Nothing(_) => (None, found),
                found => match run(&device, size).await {
                    Ok(gpu) => (Some(gpu), found),
                    Err(error) => (None, Found::Nothing(error.to_string())),
                },
            };
            handle.show_live("gpu", show(gpu));
            outcome.try_set(cpu.map(|cpu| Outcome { cpu: cpu.0, gpu: gpu.map(|gpu| gpu.0), found }));
            busy.try_set(false);
        });
    };
    let bars = move || {
        let Outcome { cpu, gpu, .. } = outcome.get()?;
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
    // As Train's automatic choice does, and why.
    let choice = move || {
        outcome.get().map(|outcome| match outcome.found {
            Found::Gpu(name) => t_string!(i18n, learn.race_chose_gpu, name = name),
            Found::Software(name) => t_string!(i18n, learn.race_chose_software, name = name),
            Found::Absent => t_string!(i18n, learn.race_chose_only).to_string(),
            Found::Nothing(reason) => t_string!(i18n, learn.race_chose_cpu, reason = reason),
        })
    };
    view! {
        <div class="widget-stage" aria-live="polite">
            {bars}
            <p class="small" data-testid="race-choice">{choice}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" data-testid="race" prop:disabled=move || busy.get() on:click=go>{t!(i18n, learn.race)}</button>
            <span class="small muted" aria-live="polite">{move || busy.get().then(t!(i18n, learn.race_running))}</span>
        </div>
        {controls::all(handle, &[])}
    }
}
