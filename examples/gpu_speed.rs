//! Where a training step's time goes on the GPU at hand: steps a second, processor time (on a software adapter the processor is
//! the GPU), each dispatch alone, and how long each variant of the matrix product takes to compile and to run.
//!
//!     cargo run --release --example gpu_speed -- [networks] [tile32 | tile64 | split32 | registers | wide]

use gradlab::backend::gpu::{CompiledStep, GpuBackend, ProductVariant, Tuning};
use gradlab::backend::kernel::MatmulSizes;
use gradlab::backend::{HostData, Kernel};
use gradlab::data::mnist::Mnist;
use gradlab::trainer::TrainSettings;
use gradlab::trainer::session::Session;
use pollster::block_on;
use std::any::Any;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let networks = arguments.next().unwrap_or("mlp-200 fcn-5 cnn".to_string());
    let gpu = block_on(GpuBackend::open())?;
    println!("{} ({})", gpu.report().name, gpu.report().interface);
    match arguments.next() {
        Some(name) => gpu.set_tuning(format!("{name} {name} {name} groups").parse().map_err(|()| "no such variant")?),
        None => {
            variants(&gpu)?;
            println!("picked: {}", block_on(gpu.try_variants(milliseconds))?);
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data");
    let data = Rc::new(Mnist::from_folder(&folder).map_err(|problem| format!("{problem:?}"))?);
    networks.split(' ').try_for_each(|name| network(name, &gpu, &data))
}

/// Processor seconds that this program has used, all threads: what a software adapter costs, whoever else is at work.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn milliseconds() -> f64 {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

fn variants(gpu: &GpuBackend) -> Outcome {
    let device = gpu.device();
    let (m, k, n) = (200, 784, 200);
    let sizes = MatmulSizes {
        batch: 1,
        m,
        k,
        n,
        transpose_left: false,
        transpose_right: true,
        left_batched: false,
        right_batched: false,
    };
    let left = device.upload(HostData::Float32(vec![1.0; m * k]))?;
    let right = device.upload(HostData::Float32(vec![1.0; n * k]))?;
    let out = device.upload(HostData::Float32(vec![0.0; m * n]))?;
    let guess = gpu.tuning();
    for variant in ProductVariant::TRIED.into_iter().chain([ProductVariant::WideRegisters]) {
        gpu.set_tuning(Tuning { products: [variant; 3], lone: false });
        for what in ["compiled and run", "run"] {
            let (start, used) = (Instant::now(), processor_seconds());
            device.run(Kernel::Matmul { sizes, shards: 1 }, &[&left, &right], &[&out])?;
            block_on(out.read())?;
            let used = processor_seconds() - used;
            println!("{variant:?} {what}: {:.0} ms, {:.0} ms of processor", start.elapsed().as_secs_f64() * 1e3, used * 1e3);
        }
    }
    gpu.set_tuning(guess);
    Ok(())
}

fn network(name: &str, gpu: &GpuBackend, data: &Rc<Mnist>) -> Outcome {
    let mut session = Session::new(TrainSettings::for_model(name), gpu.device())?;
    session.attach(data.clone())?;
    for _ in 0..2 {
        block_on(session.run(2))?;
    }
    let (start, used, before) = (Instant::now(), processor_seconds(), gpu.counters());
    let steps = 20;
    block_on(session.run(steps))?;
    let (seconds, used) = (start.elapsed().as_secs_f64() / steps as f64, (processor_seconds() - used) / steps as f64);
    let after = gpu.counters();
    println!(
        "{name}: {:.1} steps/s; {:.1} ms of processor a step; {} dispatches, {} submits, {} bytes up, {} waits for {steps} steps",
        1.0 / seconds,
        used * 1e3,
        after.dispatches - before.dispatches,
        after.submits - before.submits,
        after.uploaded_bytes - before.uploaded_bytes,
        after.waits - before.waits
    );
    let compiled = session.compiled().and_then(|replay| (replay as &dyn Any).downcast_ref::<CompiledStep>());
    if let Some(replay) = compiled {
        for (shader, seconds) in replay.profile(10, processor_seconds)? {
            println!("    {:8.2} ms {shader}", seconds * 1e3);
        }
    }
    Ok(())
}
