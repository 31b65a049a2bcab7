//! The walk over a network as signals: which images go in, the trace of the training step that is shown, its list of steps,
//! and where the walk stands. All derived from the address and the network.

use super::transport::Walker;
use super::{read_position, write_position};
use crate::explain::network_trace::NetworkTrace;
use crate::explain::network_walk::{Card, NetworkStep, ends, steps, updated};
use crate::explain::trace::Position;
use crate::nn::network::Network;
use crate::ui::pages::inspect::subject::{ImageChoice, Subject, Tests, want_tests};
use crate::ui::route::{Setting, use_setting_where};
use leptos::prelude::*;
use std::sync::Arc;

/// Rounds that are walked at most: each is computed from the first on.
const ROUNDS: usize = 20;
/// Images in a batch at most.
pub const MOST_IMAGES: usize = 32;

/// `Copy`.
#[derive(Clone, Copy)]
pub struct NetworkWalk {
    pub trace: Memo<Option<Arc<NetworkTrace>>>,
    pub list: Memo<Vec<NetworkStep>>,
    pub position: Memo<Position>,
    pub rate: Setting<f64>,
    /// How many images go in together.
    pub batch: Setting<usize>,
    at: Setting<String>,
}

impl NetworkWalk {
    /// From the address of the view that is shown.
    pub fn from_address(subject: Subject) -> NetworkWalk {
        let rate = use_setting_where("nlr", 0.01, |rate: &f64| (0.0..=100.0).contains(rate));
        let batch = use_setting_where("images", 1, |count: &usize| (1..=MOST_IMAGES).contains(count));
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
        let images = Memo::new(move |_| images_of(subject, batch.get()));
        let trace = Memo::new(move |_| {
            let network = subject.network_now()?;
            images.with(|images| {
                let (pixels, labels) = images.as_ref()?;
                after(network, pixels, labels, round.get(), rate.get())
            })
        });
        let list = Memo::new(move |_| trace.with(|trace| trace.as_ref().map(|trace| steps(trace)).unwrap_or_default()));
        let position = Memo::new(move |_| {
            let Position { round, step } = wanted.get();
            Position { round, step: step.min(list.with(Vec::len)) }
        });
        NetworkWalk { trace, list, position, rate, batch, at }
    }

    /// What the transport bar moves.
    pub fn walker(self) -> Walker {
        let NetworkWalk { list, position, at, .. } = self;
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
            go: Callback::new(move |position: Position| at.set(write_position(position))),
        }
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
            pixels.extend(crate::data::mnist::normalise(tests.image(index)));
            labels.push(usize::from(tests.labels[index]));
        }
    }
    Some((pixels, labels))
}

/// The trace of round `rounds`: after so many updates.
fn after(mut network: Network, pixels: &[f32], labels: &[usize], rounds: usize, rate: f64) -> Option<Arc<NetworkTrace>> {
    let mut trace = NetworkTrace::new(&network, pixels, labels).ok()?;
    for _ in 0..rounds {
        network = updated(&network, &trace, rate).ok()?;
        trace = NetworkTrace::new(&network, pixels, labels).ok()?;
    }
    Some(Arc::new(trace))
}
