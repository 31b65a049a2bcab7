//! Trains the weights that the page ships: this project's own trainer, natively, seeded, on pictures changed a little
//! in every epoch. `cargo xtask pretrain` runs it; `cnn 2` trains one network for two epochs, `recipe` tries the page's own
//! recipe, without changed pictures, and writes nothing.

use gradlab::Device;
use gradlab::data::augment::{Augmentation, augment};
use gradlab::data::mnist::Mnist;
use gradlab::export::safetensors;
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
use gradlab::nn::schedule::Schedule;
use gradlab::random::Generator;
use gradlab::trainer::evaluation::Figures;
use gradlab::trainer::session::Session;
use gradlab::trainer::settings::TrainSettings;

use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

/// Network, epochs, largest learning rate.
const SHIPPED: [(&str, usize, f64); 2] = [("cnn", 30, 0.004), ("mlp-200-leaky", 12, 0.002)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = Rc::new(Mnist::from_folder(&root.join("www/data"))?);
    if arguments.first().is_some_and(|asked| asked == "recipe") {
        train(TrainSettings::recipe(), None, &data)?;
        return Ok(());
    }
    for (model, epochs, rate) in SHIPPED {
        if arguments.first().is_some_and(|asked| asked != model) {
            continue;
        }
        let epochs = arguments.get(1).and_then(|epochs| epochs.parse().ok()).unwrap_or(epochs);
        let mut settings = TrainSettings::for_model(model);
        settings.batch = 64;
        settings.optimizer = OptimizerSettings::new(OptimizerKind::Adam, rate);
        settings.schedule = Schedule::OneCycle { epochs };
        settings.epochs = epochs as u64;
        let file = train(settings, Some(Augmentation::USUAL), &data)?;
        let path = root.join("www/weights").join(format!("{model}.safetensors"));
        std::fs::create_dir_all(root.join("www/weights"))?;
        std::fs::write(&path, file)?;
        println!("written: {}", path.display());
    }
    Ok(())
}

/// Trains a network; its safetensors file, with the accuracy on the test set in the metadata.
fn train(settings: TrainSettings, changes: Option<Augmentation>, data: &Rc<Mnist>) -> gradlab::Result<Vec<u8>> {
    let (model, seed, epochs) = (settings.model.clone(), settings.seed, settings.epochs);
    let mut session = Session::new(settings, Device::Cpu)?;
    session.attach(data.clone())?;
    // Not the run's own generator: the order of the pictures stays PyTorch's.
    let mut generator = Generator::new(seed + 1);
    let mut pixels = vec![0; data.train.pixels.len()];
    for epoch in 1..=epochs {
        let start = Instant::now();
        if let Some(changes) = changes {
            augment(&data.train.pixels, &mut pixels, changes, &mut generator);
            session.replace_training_pixels(&pixels)?;
        }
        let mut total = 0.0;
        let goal = session.steps_per_epoch() * epoch;
        while session.step_count() < goal {
            let stretch = pollster::block_on(session.run(goal - session.step_count()))?;
            if let Some((step, place)) = stretch.not_finite {
                return Err(gradlab::Error::Value(format!("step {step}: {place:?}")));
            }
            total += stretch.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>();
        }
        let test = test(&mut session)?;
        println!(
            "{model}: epoch {epoch}: training loss {:.4}, test loss {:.4}, accuracy {:.2} %, {:.1} s",
            total / session.steps_per_epoch() as f64,
            test.loss,
            100.0 * test.accuracy,
            start.elapsed().as_secs_f64()
        );
    }
    let mut values = pollster::block_on(session.network().read())?;
    values.iter_mut().flatten().for_each(|value| *value = rounded(*value));
    session.set_weights(&values)?;
    let accuracy = test(&mut session)?.accuracy;
    println!("{model}: as shipped: accuracy {:.2} %", 100.0 * accuracy);
    let notes = [
        ("accuracy", format!("{accuracy:.4}")),
        ("made_by", "cargo xtask pretrain".to_string()),
        ("seed", seed.to_string()),
        ("epochs", epochs.to_string()),
    ];
    safetensors::to_safetensors(&session.network().spec, &values, &notes)
}

/// The whole test set, read with the weights as they are.
fn test(session: &mut Session) -> gradlab::Result<Figures> {
    session.begin_evaluation()?;
    while pollster::block_on(session.advance_evaluation())? {}
    let figures = pollster::block_on(session.figures())?;
    figures.map(|(test, _)| test).ok_or_else(|| gradlab::Error::Value("the test set was not read".to_string()))
}

/// To the nearest number with ten binary places in its fraction, as tensor cores read it: the zeros that follow make the
/// file half as large on the wire.
fn rounded(value: f32) -> f32 {
    const LEFT_OUT: u32 = f32::MANTISSA_DIGITS - 1 - 10;
    f32::from_bits((value.to_bits() + (1 << (LEFT_OUT - 1))) >> LEFT_OUT << LEFT_OUT)
}
