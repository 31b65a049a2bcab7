//! Timed training steps: the same session, recording and kernels as a run, on made-up pictures where there is no data.

use super::protocol::{BenchResult, GpuWork};
use super::session::{SUBMITS_AHEAD, Session};
use super::settings::TrainSettings;
use super::shards::{TeamMaker, usable_workers};
use crate::backend::cpu::{ProductSpeed, instructions, measured_peak, measured_products};
use crate::backend::gpu::{Counters, GpuBackend};
use crate::backend::kernel::{Kernel, MatmulSizes};
use crate::backend::{Device, Element, HostData, Recording};
use crate::data::mnist::{Images, Mnist, PIXELS};
use crate::error::Result;
use crate::random::Generator;
use std::rc::Rc;

/// Steps before the clock starts, and milliseconds: a browser puts its optimized code in place only while it runs.
const WARM_UP: u64 = 5;
const WARM_TIME: f64 = 500.0;
/// Made-up pictures that differ.
const PICTURES: usize = 4096;

/// Floating-point operations of one training step at the course's batch size, where the count was made by hand: the first
/// layer's input gradient is skipped, and the cnn's backward pass follows the winners of the pooling. A CPU multiplies only the ink of a batch
/// in the first linear layer, 19.1 % of MNIST's pixels; a GPU all of it.
pub fn operations(model: &str, device: &str) -> Option<f64> {
    match (model, device) {
        ("mlp-200", "cpu") => Some(75e6),
        ("mlp-200", _) => Some(176e6),
        ("fcn-5", "cpu") => Some(86e6),
        ("fcn-5", _) => Some(169e6),
        ("cnn", _) => Some(86e6),
        _ => None,
    }
}

/// Numbers of workers worth measuring on so many cores: 1, 2, 4, 8.
pub fn workers_to_try(cores: usize) -> Vec<usize> {
    let most = usable_workers(cores);
    std::iter::successors(Some(1), |workers| Some(workers * 2)).take_while(|&workers| workers <= most).collect()
}

/// When a round began: milliseconds, the step, and what a GPU had done by then.
#[derive(Clone, Copy)]
struct Start {
    time: f64,
    step: u64,
    counters: Option<Counters>,
}

/// A measurement under way.
pub struct Bench {
    session: Session,
    settings: TrainSettings,
    steps: u64,
    rounds: u32,
    /// When the first step was taken.
    begun: Option<f64>,
    started: Option<Start>,
    results: Vec<f64>,
    /// GFLOP/s of one core, bare and in whole products, once measured.
    peak: Option<(f64, Vec<ProductSpeed>)>,
}

impl Bench {
    /// `rounds` rounds of `steps` steps each.
    pub fn new(
        settings: TrainSettings,
        steps: u32,
        rounds: u32,
        device: Device,
        data: Option<Rc<Mnist>>,
        maker: Option<TeamMaker>,
    ) -> Result<Self> {
        let data = data.unwrap_or_else(|| Rc::new(made_up(settings.examples)));
        let mut session = Session::new(settings.clone(), device)?;
        session.attach(data)?;
        session.set_team_maker(maker);
        Ok(Bench {
            session,
            settings,
            steps: u64::from(steps.max(1)),
            rounds: rounds.max(1),
            begun: None,
            started: None,
            results: vec![],
            peak: None,
        })
    }

    /// Works on for one stretch of steps; the result when all rounds are done.
    pub async fn advance(&mut self, clock: fn() -> f64) -> Result<Option<BenchResult>> {
        let slice = clock();
        let begun = *self.begun.get_or_insert(slice);
        // Slices of some length: yielding is no part of what is measured.
        while clock() - slice < 30.0 {
            match self.started {
                None if self.session.step_count() < WARM_UP || clock() - begun < WARM_TIME => {
                    self.session.run(1).await?;
                }
                None => {
                    // The products are warm by then too.
                    self.peak.get_or_insert_with(|| (measured_peak(clock), measured_products(clock)));
                    let counters = counters(self.session.device());
                    self.started = Some(Start { time: clock(), step: self.session.step_count(), counters });
                }
                Some(start) => {
                    let done = self.session.step_count() - start.step;
                    if done < self.steps {
                        self.session.run_ahead(self.steps - done, SUBMITS_AHEAD).await?;
                    } else {
                        // What a GPU was sent must be done before the clock stops.
                        self.session.settle().await?;
                        self.results.push(done as f64 / (clock() - start.time) * 1000.0);
                        self.started = None;
                        if self.results.len() as u32 == self.rounds {
                            return Ok(Some(self.result(start, done)));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    fn result(&mut self, start: Start, steps: u64) -> BenchResult {
        let (peak, products) = self.peak.take().unwrap_or_default();
        let before_and_after = start.counters.zip(counters(self.session.device()));
        BenchResult {
            settings: self.settings.clone(),
            device: self.session.device().name().to_string(),
            workers: self.session.workers() as u32,
            steps_per_second: std::mem::take(&mut self.results),
            peak,
            products,
            instructions: instructions().to_string(),
            gpu: before_and_after.map(|(before, after)| work_of_a_step(&before, &after, steps)),
        }
    }
}

/// What a GPU has done so far; none for the CPU.
fn counters(device: &Device) -> Option<Counters> {
    GpuBackend::of(device).map(GpuBackend::counters)
}

fn work_of_a_step(before: &Counters, after: &Counters, steps: u64) -> GpuWork {
    let a_step = |count: fn(&Counters) -> u64| (count(after) - count(before)) as f64 / steps as f64;
    GpuWork {
        dispatches: a_step(|counters| counters.dispatches),
        submits: a_step(|counters| counters.submits),
        uploaded_bytes: a_step(|counters| counters.uploaded_bytes),
        waits: a_step(|counters| counters.waits),
    }
}

/// Milliseconds of a product of two square matrices, each waited for, over and over for so long. The first one compiles; where it
/// takes as long as all are to, it is the measurement.
pub async fn time_product(device: &Device, size: usize, milliseconds: f64, clock: fn() -> f64) -> Result<f64> {
    let mut generator = Generator::new(0);
    let mut matrix = || device.upload(HostData::Float32(generator.rand_f32(size * size)));
    let (left, right) = (matrix()?, matrix()?);
    let out = device.allocate(Element::Float32, size * size)?;
    let sizes = MatmulSizes {
        batch: 1,
        m: size,
        k: size,
        n: size,
        transpose_left: false,
        transpose_right: false,
        left_batched: false,
        right_batched: false,
    };
    let ((), recording) = Recording::plan(|| device.run(Kernel::Matmul { sizes, shards: 1 }, &[&left, &right], &[&out]))?;
    let product = device.compile(recording, &[&out])?;
    let (mut start, mut count) = (clock(), 0);
    product.run(1)?;
    product.finish().await?;
    if clock() - start < milliseconds {
        start = clock();
        while clock() - start < milliseconds {
            product.run(1)?;
            product.finish().await?;
            count += 1;
        }
    }
    Ok((clock() - start) / f64::from(count.max(1)))
}

/// As many as a run would have in memory, so that picking a batch costs what it costs there; a fifth ink, in the middle 20 x 20, as MNIST.
fn made_up(count: usize) -> Mnist {
    const SIDE: usize = 28;
    let mut generator = Generator::new(0);
    let middle = |i: usize| (4..24).contains(&(i % SIDE)) && (4..24).contains(&(i / SIDE % SIDE));
    let mut pixel = |i: usize| {
        let drawn = generator.random_u32();
        if middle(i % PIXELS) && drawn % 8 < 3 { (drawn >> 24) as u8 | 1 } else { 0 }
    };
    let different: Vec<u8> = (0..PICTURES * PIXELS).map(&mut pixel).collect();
    let mut pixels = Vec::with_capacity(count * PIXELS);
    while pixels.len() < count * PIXELS {
        pixels.extend_from_slice(&different[..different.len().min(count * PIXELS - pixels.len())]);
    }
    let labels = (0..count).map(|i| (i % 10) as u8).collect();
    let train = Images { pixels, labels };
    let test = Images { pixels: train.image(0).to_vec(), labels: vec![0] };
    Mnist { train, test }
}
