//! The walk over a network as signals: which images go in, the trace of the training step that is shown, its list of steps,
//! and where the walk stands. All derived from the address and the network, or from the next step of the run in training.

use super::transport::Walker;
use super::{read_position, write_position};
use crate::data::mnist::normalise;
use crate::explain::network_trace::{NetworkTrace, Values};
use crate::explain::network_walk::{Card, NetworkStep, ends, steps};
use crate::explain::trace::Position;
use crate::explain::update::Optimizer;
use crate::nn::network::Network;
use crate::trainer::protocol::{Command, Floats, NextStep};
use crate::ui::networks::NetworkName;
use crate::ui::pages::inspect::focus::Show;
use crate::ui::pages::inspect::subject::{ImageChoice, Subject, Tests, want_tests};
use crate::ui::pages::train::{Phase, TrainState, use_train};
use crate::ui::route::{Setting, use_setting, use_setting_where};
use leptos::prelude::*;
use std::sync::Arc;

/// Rounds that are walked at most: each is computed from the first on.
const ROUNDS: usize = 20;
/// Images in a batch at most.
pub const MOST_IMAGES: usize = 32;

/// What a training step is made of.
struct Made {
    optimizer: Optimizer,
    trace: Arc<NetworkTrace>,
}

/// `Copy`.
#[derive(Clone, Copy)]
pub struct NetworkWalk {
    pub trace: Memo<Option<Arc<NetworkTrace>>>,
    pub list: Memo<Vec<NetworkStep>>,
    pub position: Memo<Position>,
    pub rate: Setting<f64>,
    /// How many images go in together.
    pub batch: Setting<usize>,
    /// Whether the walk is to take what the run in training takes, where there is such a run.
    pub of_run: Setting<bool>,
    /// The step of that run, if the walk is over it.
    pub real: Memo<Option<Arc<NextStep>>>,
    pub optimizer: Memo<Optimizer>,
    /// The parameters after the update, in order.
    updated: Memo<Arc<Vec<Values>>>,
    train: TrainState,
    at: Setting<String>,
}

impl NetworkWalk {
    /// From the address of the view that is shown.
    pub fn from_address(subject: Subject) -> NetworkWalk {
        let train = use_train();
        let rate = use_setting_where("nlr", 0.01, |rate: &f64| (0.0..=100.0).contains(rate));
        let batch = use_setting_where("images", 1, |count: &usize| (1..=MOST_IMAGES).contains(count));
        let of_run = use_setting("real", true);
        let at = use_setting_where("nat", "0.0".to_string(), |text| {
            read_position(text).is_some_and(|position| position.round < ROUNDS)
        });
        let wanted = Memo::new(move |_| read_position(&at.get()).unwrap_or_default());
        let round = Memo::new(move |_| wanted.get().round);
        Effect::new(move |_| {
            if batch.get() > 1 {
                want_tests(subject.tests);
            }
        });
        let wants_run = Memo::new(move |_| subject.network.get() == NetworkName::Training && of_run.get());
        follow_run(train, wants_run, at);
        let real = Memo::new(move |_| train.next_step.get().filter(|_| wants_run.get()));
        // Compared by what it is made of: made anew when one of those changes.
        let made = Memo::new_with_compare(
            move |_| match real.get() {
                Some(next) => of_next_step(&next).map(Arc::new),
                None => {
                    let (pixels, labels) = images_of(subject, batch.get())?;
                    after(subject.network_now()?, &pixels, &labels, round.get(), rate.get()).map(Arc::new)
                }
            },
            |_, _| true,
        );
        let trace = Memo::new(move |_| made.with(|made| made.as_ref().map(|made| made.trace.clone())));
        let optimizer = Memo::new(move |_| {
            made.with(|made| made.as_ref().map_or_else(|| Optimizer::plain(rate.get()), |made| made.optimizer.clone()))
        });
        let updated = Memo::new(move |_| {
            let of = |made: &Arc<Made>| made.optimizer.update(&made.trace).ok();
            Arc::new(made.with(|made| made.as_ref().and_then(of)).unwrap_or_default())
        });
        let list = Memo::new(move |_| trace.with(|trace| trace.as_ref().map(|trace| steps(trace)).unwrap_or_default()));
        let position = Memo::new(move |_| {
            let Position { round, step } = wanted.get();
            let round = if real.with(Option::is_some) { 0 } else { round };
            Position { round, step: step.min(list.with(Vec::len)) }
        });
        NetworkWalk { trace, list, position, rate, batch, of_run, real, optimizer, updated, train, at }
    }

    /// What the transport bar moves. At the end of a step of the run, the run takes it.
    pub fn walker(self) -> Walker {
        let NetworkWalk { list, position, at, real, train, .. } = self;
        let is_real = move || real.with_untracked(Option::is_some);
        Walker {
            position,
            ends: Signal::derive(move || list.with(|list| ends(list))),
            next: Callback::new(move |()| match position.get_untracked() {
                Position { round, step } if step < list.with_untracked(Vec::len) => Position { round, step: step + 1 },
                Position { round, .. } if round + 1 < ROUNDS => Position { round: round + 1, step: 0 },
                end => end,
            }),
            previous: Callback::new(move |()| match position.get_untracked() {
                Position { round: 0, step: 0 } => Position::default(),
                Position { round, step: 0 } => Position { round: round - 1, step: list.with_untracked(Vec::len) },
                Position { round, step } => Position { round, step: step - 1 },
            }),
            go: Callback::new(move |position: Position| match is_real() && position.round > 0 {
                true => train.go(Command::Step),
                false => at.set(write_position(position)),
            }),
        }
    }

    /// How many images went in; followed.
    pub fn images(self) -> usize {
        self.trace.with(|trace| trace.as_ref().map_or(1, |trace| trace.images()))
    }

    /// The step that was taken last; followed.
    pub fn step(self) -> Option<NetworkStep> {
        self.list.with(|list| list.get(self.position.get().step.checked_sub(1)?).copied())
    }

    /// Whether a step has been taken; followed.
    pub fn taken(self, wanted: NetworkStep) -> bool {
        let place = self.list.with(|list| list.iter().position(|step| *step == wanted));
        place.is_some_and(|place| self.position.get().step > place)
    }

    /// Whether the gradient has arrived at an op's output: as soon as the op after it has had its turn. Followed.
    pub fn arrived(self, card: Card) -> bool {
        let next = self.list.with(|list| {
            let at = list.iter().position(|step| *step == NetworkStep::Forward(card))?;
            match list.get(at + 1) {
                Some(NetworkStep::Forward(next)) => Some(*next),
                _ => None,
            }
        });
        self.taken(next.map_or(NetworkStep::Seed, NetworkStep::Backward))
    }

    /// Whether such numbers of a layer are known where the walk stands; followed.
    pub fn knows(self, show: Show, layer: usize) -> bool {
        let card = Card::Layer(layer);
        match show {
            Show::Activations => self.taken(NetworkStep::Forward(card)),
            Show::Gradients => self.arrived(card),
            Show::Weights => true,
            Show::WeightGradients => self.taken(NetworkStep::Backward(card)),
        }
    }

    /// A layer's weight after the update, once that is taken; followed.
    pub fn moved_weight(self, layer: usize) -> Option<Values> {
        let place = self.trace.with(|trace| trace.as_ref()?.place_of(&format!("{layer}.weight")))?;
        if !self.taken(NetworkStep::Update(place)) {
            return None;
        }
        self.updated.with(|updated| updated.get(place).cloned())
    }

    /// How far the update moves a parameter, by its place: the Euclidean norm. Followed.
    pub fn distance(self, place: usize) -> f64 {
        let before = self.trace.with(|trace| trace.as_ref()?.parameters().nth(place).map(|view| view.value.clone()));
        let after = self.updated.with(|updated| updated.get(place).cloned());
        let (Some(before), Some(after)) = (before, after) else { return 0.0 };
        let square = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)).powi(2);
        before.data.iter().zip(after.data.iter()).map(square).sum::<f64>().sqrt()
    }
}

/// Asks the run that stands for its next step, whenever that is another; a new one is walked from its beginning.
fn follow_run(train: TrainState, wanted: Memo<bool>, at: Setting<String>) {
    let step = Memo::new(move |_| train.figures.get().step);
    Effect::new(move |_| {
        let stands = train.phase.get() == Phase::Standing && train.configured.with(Option::is_some);
        let next = step.get() + 1;
        if wanted.get()
            && stands
            && train.next_step.with_untracked(|known| known.as_ref().is_none_or(|known| known.step != next))
        {
            train.send(Command::ShowNextStep);
        }
    });
    Effect::new(move |before: Option<Option<u64>>| {
        let now = train.next_step.with(|next| next.as_ref().map(|next| next.step));
        if before.flatten().is_some_and(|before| now.is_some_and(|now| now != before)) && wanted.get_untracked() {
            at.set(write_position(Position::default()));
        }
        now
    });
}

/// The chosen image, and test images after it until there are enough; none while one is missing.
fn images_of(subject: Subject, count: usize) -> Option<(Vec<f32>, Vec<usize>)> {
    let mut pixels = subject.picture.get()?.to_vec();
    let mut labels = vec![subject.label.get()];
    if count > 1 {
        let Tests::Ready(tests) = subject.tests.get() else { return None };
        let first = match subject.choice() {
            ImageChoice::Test(index) => index + 1,
            ImageChoice::Pad => 0,
        };
        for index in (first..first + count - 1).map(|index| index % tests.len()) {
            pixels.extend(normalise(tests.image(index)));
            labels.push(usize::from(tests.labels[index]));
        }
    }
    Some((pixels, labels))
}

/// The step that the run takes next: its network, batch, masks and optimizer.
fn of_next_step(next: &NextStep) -> Option<Made> {
    let unpack = |all: &[Floats]| all.iter().map(|Floats(values)| values.clone()).collect::<Vec<_>>();
    let spec = next.settings.network().ok()?;
    let network = Network::with_values(spec, unpack(&next.weights), &crate::Device::Cpu).ok()?;
    let labels = next.labels.0.iter().map(|&label| usize::from(label)).collect();
    let trace = NetworkTrace::masked(&network, &normalise(&next.images.0), Some(labels), &next.masks.0).ok()?;
    let optimizer = Optimizer {
        settings: next.settings.optimizer,
        learning_rate: next.learning_rate,
        step: next.step - 1,
        states: next.states.iter().map(|states| unpack(states)).collect(),
    };
    Some(Made { optimizer, trace: Arc::new(trace) })
}

/// The step after so many updates by plain gradient descent.
fn after(mut network: Network, pixels: &[f32], labels: &[usize], rounds: usize, rate: f64) -> Option<Made> {
    let optimizer = Optimizer::plain(rate);
    let mut trace = NetworkTrace::new(&network, pixels, labels).ok()?;
    for _ in 0..rounds {
        let updated = optimizer.update(&trace).ok()?.iter().map(|values| values.data.to_vec()).collect();
        network = Network::with_values(network.spec, updated, &crate::Device::Cpu).ok()?;
        trace = NetworkTrace::new(&network, pixels, labels).ok()?;
    }
    Some(Made { optimizer, trace: Arc::new(trace) })
}
