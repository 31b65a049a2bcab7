//! The engine as the page drives it: commands in, events out, on real pictures.

#![cfg(not(target_arch = "wasm32"))]

use gradlab::data::mnist::{DataProblem, Images, Mnist, PIXELS};
use gradlab::trainer::engine::Engine;
use gradlab::trainer::protocol::{Bytes, Command, Event, Floats, Problem, Progress, StopReason};
use gradlab::trainer::settings::TrainSettings;
use std::path::Path;
use std::time::Instant;

fn clock() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    START.with(|start| start.elapsed().as_secs_f64() * 1000.0)
}

/// A slice of MNIST, so that tests are quick: 320 pictures to train on, 100 to test.
fn data() -> Mnist {
    let all = Mnist::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data")).unwrap();
    let cut = |images: &Images, count: usize| Images {
        pixels: images.pixels[..count * PIXELS].to_vec(),
        labels: images.labels[..count].to_vec(),
    };
    Mnist { train: cut(&all.train, 320), test: cut(&all.test, 100) }
}

fn settings() -> TrainSettings {
    let mut settings = TrainSettings::for_model("linear16,relu,linear10");
    settings.examples = 320;
    settings.batch = 32;
    settings.epochs = 2;
    settings
}

struct Page {
    engine: Engine,
}

impl Page {
    fn new(settings: TrainSettings) -> Self {
        let mut page = Page { engine: Engine::new(clock) };
        page.send(Command::Configure(Box::new(settings)));
        page
    }

    fn send(&mut self, command: Command) -> Vec<Event> {
        pollster::block_on(self.engine.handle(command));
        self.engine.take_events()
    }

    fn work(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while self.engine.has_work() {
            pollster::block_on(self.engine.advance());
            events.extend(self.engine.take_events());
        }
        events
    }
}

fn losses(events: &[Event]) -> Vec<f32> {
    let told = |event: &Event| match event {
        Event::Progress(Progress { losses: Floats(losses), .. }) => losses.clone(),
        _ => vec![],
    };
    events.iter().flat_map(told).collect()
}

fn stop(events: &[Event]) -> Option<(u64, StopReason)> {
    events.iter().find_map(|event| match event {
        Event::Stopped { step, reason } => Some((*step, *reason)),
        _ => None,
    })
}

#[test]
fn a_run_waits_for_its_data_and_tells_every_loss() {
    let mut page = Page::new(settings());
    let events = page.send(Command::Start { steps: None });
    assert!(page.engine.wants_data() && !page.engine.has_work());
    assert!(!events.contains(&Event::Started));
    page.engine.provide(Ok(data()));
    assert_eq!(page.engine.take_events(), [Event::DataReady { train: 320, test: 100 }, Event::Started]);
    let events = page.work();
    let losses = losses(&events);
    assert_eq!(losses.len(), 20);
    assert!(losses[19] < losses[0]);
    assert_eq!(stop(&events), Some((20, StopReason::Finished)));
    let evaluations: Vec<f64> = events
        .iter()
        .filter_map(|event| if let Event::Evaluated(figures) = event { Some(figures.epoch) } else { None })
        .collect();
    assert_eq!(evaluations, [1.0, 2.0]);
}

#[test]
fn reset_gives_the_same_first_loss_and_a_new_seed_another() {
    let mut page = Page::new(settings());
    page.engine.provide(Ok(data()));
    let mut first = |command: Command| {
        page.send(command);
        page.send(Command::Step);
        let events = page.work();
        assert_eq!(stop(&events), Some((1, StopReason::Stepped)));
        losses(&events)[0]
    };
    let loss = first(Command::Reset);
    assert_eq!(first(Command::Reset), loss);
    assert_ne!(first(Command::NewSeed(8)), loss);
}

#[test]
fn a_pause_holds_and_the_run_goes_on_where_it_stood() {
    let whole = {
        let mut page = Page::new(settings());
        page.engine.provide(Ok(data()));
        page.send(Command::Start { steps: Some(12) });
        losses(&page.work())
    };
    let mut page = Page::new(settings());
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: Some(5) });
    let mut parts = losses(&page.work());
    page.send(Command::Start { steps: None });
    let paused = page.send(Command::Pause);
    assert_eq!(stop(&paused), Some((5, StopReason::Paused)));
    assert!(!page.engine.has_work());
    page.send(Command::Start { steps: Some(7) });
    parts.extend(losses(&page.work()));
    assert_eq!(parts, whole);
}

#[test]
fn a_rate_too_large_is_told_with_its_step_and_nothing_is_lost() {
    let mut settings = settings();
    settings.optimizer.learning_rate = 1e30;
    let mut page = Page::new(settings);
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: None });
    let events = page.work();
    let told = events.iter().find_map(|event| match event {
        Event::Failed(Problem::NotFinite { step, place }) => Some((*step, *place)),
        _ => None,
    });
    let (step, place) = told.expect("a sentence about the loss");
    assert!(step > 1, "the first loss is finite");
    assert!(place.is_some(), "the operation is named");
    assert_eq!(losses(&events).len() as u64, step - 1);
    assert_eq!(stop(&events), Some((step - 1, StopReason::Failed)));
    // The weights are those of the step before: finite, and a lower rate can go on from them.
    let weights = page.send(Command::ExportWeights);
    assert!(matches!(&weights[0], Event::Weights(_)));
}

#[test]
fn a_dead_last_layer_does_not_hide_a_loss_that_is_no_number() {
    // The course's network with a ReLU at its end, as in an address with lr=1e30.
    let mut settings = TrainSettings::for_model("mlp-200");
    settings.examples = 320;
    settings.optimizer.learning_rate = 1e30;
    let mut page = Page::new(settings);
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: Some(20) });
    let events = page.work();
    let told = |event: &Event| matches!(event, Event::Failed(Problem::NotFinite { step, .. }) if *step > 1);
    assert!(events.iter().any(told), "{:?}", losses(&events));
}

#[test]
fn weights_go_out_and_come_back() {
    let mut page = Page::new(settings());
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: Some(5) });
    page.work();
    let events = page.send(Command::ExportWeights);
    let [Event::Weights(file)] = &events[..] else { panic!("{events:?}") };
    page.send(Command::Evaluate);
    let accuracy = |events: &[Event]| {
        events.iter().find_map(|event| if let Event::Evaluated(figures) = event { Some(figures.loss) } else { None })
    };
    let before = accuracy(&page.work());
    page.send(Command::NewSeed(3));
    assert!(page.send(Command::ImportWeights(file.clone())).contains(&Event::WeightsTaken));
    assert_eq!(accuracy(&page.work()), before);
    let refused = page.send(Command::ImportWeights(Bytes(vec![1, 2, 3])));
    assert!(matches!(&refused[..], [Event::Failed(Problem::Weights(_))]), "{refused:?}");
}

#[test]
fn early_stopping_brings_the_best_epoch_back() {
    let mut settings = settings();
    settings.optimizer.learning_rate = 0.5;
    settings.examples = 40;
    settings.validation = 20;
    settings.batch = 20;
    settings.epochs = 400;
    settings.patience = Some(3);
    let mut page = Page::new(settings);
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: None });
    let events = page.work();
    let Some((step, StopReason::EarlyStopped { best_epoch })) = stop(&events) else { panic!("{:?}", stop(&events)) };
    assert_eq!(step, best_epoch + 3);
    page.send(Command::Evaluate);
    let validation = |events: &[Event]| {
        let all: Vec<f64> = events
            .iter()
            .filter_map(
                |event| if let Event::Evaluated(figures) = event { figures.validation.map(|(loss, _)| loss) } else { None },
            )
            .collect();
        all
    };
    let best = validation(&events).into_iter().fold(f64::INFINITY, f64::min);
    assert_eq!(validation(&page.work()), [best]);
}

#[test]
fn missing_data_is_told_and_nothing_is_trained() {
    let mut page = Page::new(settings());
    page.send(Command::Start { steps: None });
    let problem = DataProblem::Truncated { file: "train-images-idx3-ubyte".to_string() };
    page.engine.provide(Err(problem.clone()));
    let events = page.engine.take_events();
    assert!(events.contains(&Event::Failed(Problem::Data(problem))));
    assert_eq!(stop(&events), Some((0, StopReason::Failed)));
    assert!(!page.engine.has_work());
}

#[test]
fn a_digit_is_read_before_any_training_and_follows_it() {
    let mut page = Page::new(settings());
    let events = page.send(Command::SetDigit(Some(Floats(vec![0.5; PIXELS]))));
    let probabilities = |events: &[Event]| {
        events
            .iter()
            .rev()
            .find_map(|event| if let Event::Progress(progress) = event { progress.digit.clone() } else { None })
    };
    let before = probabilities(&events).unwrap();
    assert!((before.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: Some(10) });
    let after = probabilities(&page.work()).unwrap();
    assert_ne!(before, after);
}

#[test]
fn a_bench_times_rounds_without_data() {
    let mut page = Page::new(settings());
    page.send(Command::RunBench { settings: Box::new(settings()), steps: 3, rounds: 2 });
    let events = page.work();
    let [Event::Bench(result)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(result.steps_per_second.len(), 2);
    assert!(result.steps_per_second.iter().all(|&pace| pace > 0.0));
}

#[test]
fn the_next_step_is_shown_as_it_will_be_taken() {
    use gradlab::Device;
    use gradlab::data::mnist::normalise;
    use gradlab::explain::network_trace::NetworkTrace;
    use gradlab::explain::update::Optimizer;
    use gradlab::export::safetensors::from_safetensors;
    use gradlab::nn::network::Network;
    use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
    // The fourth step; and the eleventh, which begins an epoch.
    for (kind, momentum, dropout, taken) in [
        (OptimizerKind::Sgd, 0.0, 0.0, 10),
        (OptimizerKind::Sgd, 0.5, 0.5, 3),
        (OptimizerKind::Adam, 0.0, 0.25, 10),
        (OptimizerKind::RmsProp, 0.9, 0.0, 3),
    ] {
        let mut settings = settings();
        settings.optimizer = OptimizerSettings::new(kind, 0.01);
        settings.optimizer.momentum = momentum;
        settings.dropout = dropout;
        let mut page = Page::new(settings);
        page.engine.provide(Ok(data()));
        page.send(Command::Start { steps: Some(taken) });
        page.work();
        page.send(Command::ShowNextStep);
        let events = page.work();
        let Some(Event::NextStep(next)) = events.first() else { panic!("{events:?}") };
        assert_eq!((next.step, next.batch, next.labels.0.len()), (taken + 1, 32, 32));
        let unpack = |all: &[Floats]| all.iter().map(|values| values.0.clone()).collect::<Vec<_>>();
        let spec = next.settings.network().unwrap();
        let network = Network::with_values(spec.clone(), unpack(&next.weights), &Device::Cpu).unwrap();
        let labels = next.labels.0.iter().map(|&label| usize::from(label)).collect();
        let trace = NetworkTrace::masked(&network, &normalise(&next.images.0), Some(labels), &next.masks.0).unwrap();
        let optimizer = Optimizer {
            settings: next.settings.optimizer,
            learning_rate: next.learning_rate,
            step: next.step - 1,
            states: next.states.iter().map(|states| unpack(states)).collect(),
        };
        let updated = optimizer.update(&trace).unwrap();
        page.send(Command::Step);
        let events = page.work();
        let what = format!("{kind:?}, momentum {momentum}, dropout {dropout}");
        let loss = losses(&events)[0];
        assert!((loss - trace.loss).abs() < 1e-6 * (10.0 + loss), "{what}: {loss} {}", trace.loss);
        let Event::Weights(Bytes(file)) = &page.send(Command::ExportWeights)[0] else { panic!("weights") };
        for (place, (shown, taken)) in updated.iter().zip(from_safetensors(&spec, file).unwrap()).enumerate() {
            let apart = shown.data.iter().zip(&taken).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 2e-5, "{what}: parameter {place} is {apart} apart");
        }
    }
}

#[test]
fn a_fast_run_leaves_pictures_of_its_first_steps() {
    let mut page = Page::new(settings());
    page.engine.provide(Ok(data()));
    page.send(Command::Start { steps: Some(12) });
    let detailed: Vec<u64> = page
        .work()
        .iter()
        .filter_map(|event| match event {
            Event::Progress(progress) => progress.layers.is_some().then_some(progress.step),
            _ => None,
        })
        .collect();
    assert!([1, 3, 12].iter().all(|step| detailed.contains(step)), "{detailed:?}");
}
