//! The claim: a run has the same bits with one worker, two or eight. Threads stand for the browser's workers; what travels
//! between them is the same.

use gradlab::backend::{Buffer, HostData};
use gradlab::data::mnist::{Images, Mnist, PIXELS};
use gradlab::trainer::TrainSettings;
use gradlab::trainer::session::Session;
use gradlab::trainer::shards::{
    Helper, Later, Part, Replica, StepOrder, Team, TeamMaker, TeamRequest, add_parts, each_place, row_length, usable_workers,
};
use gradlab::{Device, Error, Result};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};

enum Letter {
    Load(Replica),
    Step(StepOrder),
}

/// Partial sums of all workers, and where they wait for each other.
struct Table {
    sums: Vec<Mutex<Vec<f32>>>,
    written: Barrier,
    read: Barrier,
}

impl Table {
    fn sum(&self, own: usize, buffers: &[Buffer]) -> Result<()> {
        let mut row = vec![0.0; row_length(buffers.iter().map(Buffer::len))];
        each_place(buffers, |offset, floats| row[offset..offset + floats.len()].copy_from_slice(floats))?;
        *self.sums[own].lock().unwrap() = row;
        self.written.wait();
        add_parts(self.sums.len(), own, buffers, |worker, offset, to| {
            to.copy_from_slice(&self.sums[worker].lock().unwrap()[offset..offset + to.len()]);
        })?;
        self.read.wait();
        Ok(())
    }
}

struct Threads {
    helpers: Vec<Sender<Letter>>,
    table: Arc<Table>,
    /// Steps until this team pretends that a helper died; 0 for never.
    steps_left: Option<usize>,
}

impl Team for Threads {
    fn workers(&self) -> usize {
        self.helpers.len() + 1
    }
    fn load(&mut self, replica: &Replica) -> Result<()> {
        self.helpers
            .iter()
            .try_for_each(|helper| helper.send(Letter::Load(replica.clone())).map_err(|_| Error::Device("gone".into())))
    }
    fn begin(&mut self, order: &StepOrder) -> Result<()> {
        if let Some(left) = &mut self.steps_left {
            if *left == 0 {
                return Err(Error::Device("a helper died".into()));
            }
            *left -= 1;
        }
        self.helpers
            .iter()
            .try_for_each(|helper| helper.send(Letter::Step(order.clone())).map_err(|_| Error::Device("gone".into())))
    }
    fn sum<'a>(&'a mut self, partial: &'a [Buffer]) -> Later<'a, ()> {
        Box::pin(async move { self.table.sum(0, partial) })
    }
}

fn serve(mut helper: Helper, own: usize, letters: Receiver<Letter>, table: Arc<Table>) {
    for letter in letters {
        match letter {
            Letter::Load(replica) => helper.load(replica).unwrap(),
            Letter::Step(order) => {
                helper.gradient(&order).unwrap();
                table.sum(own, &helper.sums()).unwrap();
                helper.update().unwrap();
            }
        }
    }
}

fn threads(request: TeamRequest, steps_left: Option<usize>) -> Result<Box<dyn Team>> {
    let workers = request.workers;
    let table = Arc::new(Table {
        sums: (0..workers).map(|_| Mutex::new(Vec::new())).collect(),
        written: Barrier::new(workers),
        read: Barrier::new(workers),
    });
    let helpers = (1..workers)
        .map(|worker| {
            let (sender, receiver) = channel();
            let (settings, images, examples) = (request.settings.clone(), request.data.train.clone(), request.examples);
            let table = table.clone();
            std::thread::spawn(move || {
                let helper = Helper::new(&settings, Part { worker, workers }, images, examples).unwrap();
                serve(helper, worker, receiver, table);
            });
            sender
        })
        .collect();
    Ok(Box::new(Threads { helpers, table, steps_left }))
}

fn pictures(count: usize) -> Rc<Mnist> {
    let pixels = (0..count * PIXELS).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let train = Images { pixels, labels: (0..count).map(|i| (i % 10) as u8).collect() };
    let test = Images { pixels: train.image(0).to_vec(), labels: vec![0] };
    Rc::new(Mnist { train, test })
}

/// Weights and losses after 9 steps: the epoch's last batch is smaller, and a second epoch begins.
fn run(settings: &TrainSettings, maker: Option<TeamMaker>) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut session = Session::new(settings.clone(), Device::Cpu).unwrap();
    session.set_team_maker(maker);
    session.attach(pictures(150)).unwrap();
    let mut losses = Vec::new();
    while session.step_count() < 9 {
        let stretch = pollster::block_on(session.run(1)).unwrap();
        losses.extend(stretch.losses.iter().map(|loss| loss.to_bits()));
    }
    let bits = |buffer: &Buffer| match buffer.host().unwrap() {
        HostData::Float32(floats) => floats.into_iter().map(f32::to_bits).collect(),
        other => panic!("{:?}", other.element()),
    };
    (session.network().parameters.iter().map(|parameter| bits(parameter.tensor.buffer())).collect(), losses)
}

/// Each look at this clock is 10 ms after the one before.
fn clock() -> f64 {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    LOOKS.fetch_add(10, Ordering::SeqCst) as f64
}

const MAKER: TeamMaker =
    TeamMaker { workers: usable_workers, clock, cold: 0.0, assemble: |request| Box::pin(async { threads(request, None) }) };

#[test]
fn a_run_has_the_same_bits_with_one_worker_two_four_and_eight() {
    for (model, dropout) in [("cnn", 0.0), ("mlp-200", 0.25)] {
        let mut settings = TrainSettings::for_model(model);
        (settings.batch, settings.dropout, settings.examples) = (22, dropout, 150);
        let alone = run(&settings, None);
        assert_eq!(alone.1.len(), 9);
        for workers in [2, 4, 8] {
            settings.workers = workers;
            assert_eq!(usable_workers(workers), workers);
            assert!(run(&settings, Some(MAKER)) == alone, "{model} with {workers} workers");
        }
    }
}

#[test]
fn a_batch_of_fewer_rows_than_workers_is_no_problem() {
    let mut settings = TrainSettings::for_model("mlp-200");
    (settings.batch, settings.examples) = (49, 100);
    let alone = run(&settings, None);
    settings.workers = 8;
    assert!(run(&settings, Some(MAKER)) == alone);
}

#[test]
fn a_lost_helper_is_replaced_and_the_step_is_done_again() {
    static TEAMS: AtomicUsize = AtomicUsize::new(0);
    let mut settings = TrainSettings::for_model("mlp-200");
    (settings.batch, settings.dropout, settings.examples) = (22, 0.25, 150);
    let alone = run(&settings, None);
    settings.workers = 2;
    let dying = TeamMaker {
        workers: usable_workers,
        clock,
        cold: 0.0,
        assemble: |request| {
            Box::pin(async {
                // The first team lives for four steps, the second for one; the third stays.
                let lives = [Some(4), Some(1), None][TEAMS.fetch_add(1, Ordering::SeqCst).min(2)];
                threads(request, lives)
            })
        },
    };
    assert!(run(&settings, Some(dying)) == alone);
    assert_eq!(TEAMS.load(Ordering::SeqCst), 3);
}

#[test]
fn the_number_of_workers_is_tried_and_remembered_without_a_trace_in_the_bits() {
    let mut settings = TrainSettings::for_model("linear16,relu,linear10");
    (settings.batch, settings.examples, settings.workers) = (22, 150, 0);
    let maker = TeamMaker { workers: |asked| usable_workers(if asked == 0 { 4 } else { asked }), ..MAKER };
    let weights = |maker: Option<TeamMaker>| {
        let mut session = Session::new(settings.clone(), Device::Cpu).unwrap();
        session.set_team_maker(maker);
        session.attach(pictures(150)).unwrap();
        let (mut seen, mut tried) = (Vec::new(), None);
        while session.step_count() < 40 {
            pollster::block_on(session.run(1)).unwrap();
            seen.push(session.workers());
            tried = tried.or(session.take_tried());
        }
        seen.dedup();
        let weights = session.network().parameters.iter().map(|parameter| parameter.tensor.buffer().host().unwrap());
        (weights.collect::<Vec<_>>(), seen, tried)
    };
    let (alone, trying) = (weights(None), weights(Some(maker)));
    // Two are no faster by this clock, so four are not tried.
    let tried = trying.2.unwrap();
    assert_eq!(tried.iter().map(|pace| pace.workers).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(trying.1[..2], [1, 2]);
    assert!(trying.0 == alone.0);
    let again = weights(Some(maker));
    assert!(again.2.is_none() && again.1 == [gradlab::trainer::crew::best(&tried)]);
    assert!(again.0 == alone.0);
}
