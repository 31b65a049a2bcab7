//! Training runs against PyTorch's: same seed, same settings, the same weights at the start, the same losses step by step
//! (`golden/curves.json`, whose README defines a run).

#![cfg(not(target_arch = "wasm32"))]

mod curves_table;

use curves_table::{Curve, curves};
use gradlab::Device;
use gradlab::data::mnist::Mnist;
use gradlab::trainer::session::Session;
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn mnist() -> Rc<Mnist> {
    Rc::new(Mnist::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data")).unwrap())
}

fn session(curve: &Curve, data: &Rc<Mnist>) -> Session {
    let mut session = Session::new(curve.settings.clone(), Device::Cpu).unwrap();
    session.attach(data.clone()).unwrap();
    session
}

/// Sum and exclusive or of all bits: equal for equal parameters, and for hardly anything else.
fn assert_same_weights(curve: &Curve, session: &Session) {
    let names = session.network().spec.parameters().unwrap();
    let values = pollster::block_on(session.network().read()).unwrap();
    for ((name, shape), values) in names.iter().zip(values) {
        let digest = &curve.initial[name];
        let what = format!("{}: {name}", curve.describe());
        assert_eq!(serde_json::from_value::<Vec<usize>>(digest["shape"].clone()).unwrap(), *shape, "{what}");
        let sum: u64 = values.iter().map(|value| u64::from(value.to_bits())).sum();
        assert_eq!(digest["bits_sum"], Value::from(sum), "{what}");
        assert_eq!(digest["bits_xor"], values.iter().fold(0, |xor, value| xor ^ value.to_bits()), "{what}");
    }
}

/// Runs a curve; what is off.
fn check(curve: &Curve, data: &Rc<Mnist>) -> Option<String> {
    let mut session = session(curve, data);
    assert_same_weights(curve, &session);
    let (mut early, mut late): (f64, f64) = (0.0, 0.0);
    for (step, &expected) in curve.losses.iter().enumerate() {
        if let Some(rates) = &curve.rates {
            assert!((session.learning_rate() - rates[step]).abs() < 1e-9, "{}: step {step}", curve.describe());
        }
        let stretch = pollster::block_on(session.run(1)).unwrap();
        assert_eq!(stretch.not_finite, None, "{}: step {step}", curve.describe());
        let apart = (f64::from(stretch.losses[0]) - expected).abs() / expected;
        let worst = if step < 50 { &mut early } else { &mut late };
        *worst = worst.max(apart);
    }
    println!("first 50 within {early:.1e}, later ones within {late:.1e}: {}", curve.describe());
    (early > 1e-4 || late > 1e-2).then(|| format!("first 50 off by {early:e}, later ones by {late:e}: {}", curve.describe()))
}

#[test]
fn weights_and_losses_are_those_of_pytorch() {
    let curves = curves();
    assert!(curves.len() >= 30, "the golden file holds {} runs", curves.len());
    // A curve a core at a time: this is the longest test there is.
    let next = AtomicUsize::new(0);
    let work = || {
        let data = mnist();
        let curves = std::iter::from_fn(|| curves.get(next.fetch_add(1, Ordering::SeqCst)));
        curves.filter_map(|curve| check(curve, &data)).collect::<Vec<String>>()
    };
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_same_settings_give_the_same_bits_again() {
    let (curves, data) = (curves(), mnist());
    let losses = || {
        let mut session = session(&curves[12], &data);
        (0..5).map(|_| pollster::block_on(session.run(1)).unwrap().losses[0].to_bits()).collect::<Vec<u32>>()
    };
    assert_eq!(losses(), losses());
}
