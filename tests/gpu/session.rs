//! Training sessions on the GPU: the same losses and figures as on the CPU, from one device to the other in mid-run, and on
//! after the device was lost.

use crate::gpu;
use gradlab::Device;
use gradlab::backend::Element;
use gradlab::backend::gpu::GpuBackend;
use gradlab::data::mnist::{Images, Mnist, PIXELS};
use gradlab::error::Error;
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
use gradlab::nn::spec::PRESETS;
use gradlab::trainer::session::Session;
use gradlab::trainer::settings::TrainSettings;
use pollster::block_on;
use std::path::Path;
use std::rc::Rc;

/// A slice of MNIST: so many pictures to train on, 500 to test.
fn data(train: usize) -> Rc<Mnist> {
    let all = Mnist::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data")).unwrap();
    let cut = |images: &Images, count: usize| Images {
        pixels: images.pixels[..count * PIXELS].to_vec(),
        labels: images.labels[..count].to_vec(),
    };
    Rc::new(Mnist { train: cut(&all.train, train), test: cut(&all.test, 500) })
}

fn session(model: &str, examples: usize, device: &Device, data: &Rc<Mnist>) -> Session {
    let mut settings = TrainSettings::for_model(model);
    settings.examples = examples;
    let mut session = Session::new(settings, device.clone()).unwrap();
    session.attach(data.clone()).unwrap();
    session
}

fn train(session: &mut Session, steps: usize) -> Result<Vec<f32>, Error> {
    let mut losses = Vec::new();
    while losses.len() < steps {
        losses.extend(block_on(session.run((steps - losses.len()) as u64))?.losses);
    }
    Ok(losses)
}

fn accuracy(session: &mut Session) -> f64 {
    session.begin_evaluation().unwrap();
    while pollster::block_on(session.advance_evaluation()).unwrap() {}
    block_on(session.figures()).unwrap().unwrap().0.accuracy
}

fn assert_near(what: &str, ours: &[f32], expected: &[f32], bound: f32) {
    assert_eq!(ours.len(), expected.len());
    for (step, (a, b)) in ours.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= bound, "{what}, step {}: {a} on the GPU, {b} on the CPU", step + 1);
    }
}

#[test]
fn the_first_50_losses_are_those_of_the_cpu() {
    let Some(gpu) = gpu("the_first_50_losses_are_those_of_the_cpu") else { return };
    // Fewer pictures than 50 batches, with a last batch that is smaller: a new epoch and a second recording on the way.
    let data = data(1_900);
    for model in PRESETS {
        let mut here = session(model, 1_900, &Device::Cpu, &data);
        let mut there = session(model, 1_900, &gpu.device(), &data);
        let (ours, expected) = (train(&mut there, 50).unwrap(), train(&mut here, 50).unwrap());
        assert_near(model, &ours, &expected, 1e-3);
        let (ours, expected) = (accuracy(&mut there), accuracy(&mut here));
        assert!((ours - expected).abs() <= 0.005, "{model}: accuracy {ours} on the GPU, {expected} on the CPU");
        let (ours, expected) = (block_on(there.layer_statistics()).unwrap(), block_on(here.layer_statistics()).unwrap());
        for (ours, expected) in ours.iter().zip(&expected) {
            assert!((ours.weight_norm - expected.weight_norm).abs() < 1e-3 * expected.weight_norm);
            assert!(ours.gradient_norm.is_finite() && ours.gradient_norm > 0.0);
        }
    }
}

#[test]
fn any_network_of_the_layer_editor_trains() {
    let Some(gpu) = gpu("any_network_of_the_layer_editor_trains") else { return };
    let data = data(200);
    let networks = [
        "conv4k3s2p1,tanh,avgpool2,dropout0.3,linear20,gelu,linear10",
        "conv3k5p2,relu,maxpool2,conv5k3,elu,maxpool3,flatten,linear12,softplus,linear10",
        "flatten,linear16,selu,linear16,leaky0.1,dropout0.5,linear10,sigmoid",
    ];
    for model in networks {
        let mut here = session(model, 200, &Device::Cpu, &data);
        let mut there = session(model, 200, &gpu.device(), &data);
        let (ours, expected) = (train(&mut there, 8).unwrap(), train(&mut here, 8).unwrap());
        assert_near(model, &ours, &expected, 1e-3);
    }
}

#[test]
fn the_smallest_adapter_will_do() {
    if gpu("the_smallest_adapter_will_do").is_none() {
        return;
    }
    let least = block_on(GpuBackend::open_least()).unwrap();
    assert_eq!((least.report().max_binding_bytes, least.report().max_storage_buffers), (128 << 20, 8));
    let error = least.device().allocate(Element::Float32, (32 << 20) + 1).unwrap_err().to_string();
    assert!(error.contains("over this GPU's limit"), "{error}");
    // Adam keeps two states: weight and bias with theirs are more buffers than one kernel may bind, so the update stands alone.
    let data = data(100);
    let mut settings = TrainSettings::for_model("conv3k5,relu,maxpool2,linear12,relu,linear10");
    (settings.examples, settings.batch) = (100, 20);
    settings.optimizer = OptimizerSettings::new(OptimizerKind::AdamW, 0.001);
    let [expected, ours] = [Device::Cpu, least.device()].map(|device| {
        let mut session = Session::new(settings.clone(), device).unwrap();
        session.attach(data.clone()).unwrap();
        train(&mut session, 6).unwrap()
    });
    assert_near("on the smallest adapter", &ours, &expected, 1e-3);
}

#[test]
fn a_run_moves_between_devices() {
    let Some(gpu) = gpu("a_run_moves_between_devices") else { return };
    let data = data(640);
    let expected = train(&mut session("fcn-5", 640, &Device::Cpu, &data), 12).unwrap();
    let mut first = session("fcn-5", 640, &Device::Cpu, &data);
    let mut losses = train(&mut first, 4).unwrap();
    let mut second = session("fcn-5", 640, &gpu.device(), &data);
    second.restore(&block_on(first.checkpoint()).unwrap()).unwrap();
    losses.extend(train(&mut second, 4).unwrap());
    let mut third = session("fcn-5", 640, &Device::Cpu, &data);
    third.restore(&block_on(second.checkpoint()).unwrap()).unwrap();
    losses.extend(train(&mut third, 4).unwrap());
    assert_near("CPU, GPU, CPU", &losses, &expected, 1e-3);
}

#[test]
fn a_run_goes_on_after_its_device_was_lost() {
    let Some(gpu) = gpu("a_run_goes_on_after_its_device_was_lost") else { return };
    let data = data(640);
    let expected = train(&mut session("fcn-5", 640, &Device::Cpu, &data), 12).unwrap();
    let mut running = session("fcn-5", 640, &gpu.device(), &data);
    let mut losses = train(&mut running, 6).unwrap();
    let safe = block_on(running.checkpoint()).unwrap();
    train(&mut running, 2).unwrap();
    gpu.destroy();
    assert!(matches!(train(&mut running, 1), Err(Error::DeviceLost(_))));
    // A fresh device, from the last safe point.
    let fresh = block_on(GpuBackend::open()).unwrap();
    let mut running = session("fcn-5", 640, &fresh.device(), &data);
    running.restore(&safe).unwrap();
    losses.extend(train(&mut running, 6).unwrap());
    assert_near("after a loss", &losses, &expected, 1e-3);
}
