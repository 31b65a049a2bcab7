//! What is looked at: a network, an image, a class that the loss asks for; and what follows from them. All derived: the
//! page keeps no copy of a number.

use crate::data::mnist::{DEVIATION, DataProblem, Images, MEAN, normalise};
use crate::data::pad::{Preparation, example, prepare};
use crate::explain::network_trace::NetworkTrace;
use crate::nn::network::Network;
use crate::tensor::Tensor;
use crate::ui::networks::{LoadProblem, NetworkName, Networks, use_networks};
use crate::ui::route::{Setting, use_setting, use_setting_where};
use crate::ui::state::{PadState, use_pad};
use leptos::prelude::*;
use std::sync::Arc;

/// A weight that was changed by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// PyTorch's name of the parameter.
    pub name: String,
    /// Which element of it.
    pub element: usize,
    /// Its new value.
    pub value: f32,
}

/// The test images, once somebody has asked for them.
#[derive(Clone, PartialEq)]
pub enum Tests {
    Unwanted,
    Loading,
    Ready(Arc<Images>),
    Failed(DataProblem),
}

/// What the loss asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ImageChoice {
    Pad,
    Test(usize),
}

/// The context of the view. `Copy`.
#[derive(Clone, Copy)]
pub struct Subject {
    pub network: Setting<NetworkName>,
    image: Setting<String>,
    target: Setting<String>,
    /// Weights that were changed by hand.
    pub edits: Memo<Vec<Edit>>,
    edited: Setting<String>,
    pub tests: RwSignal<Tests>,
    /// The normalised image.
    pub picture: Memo<Option<Arc<Vec<f32>>>>,
    /// The class that the loss asks for.
    pub label: Memo<usize>,
    /// The whole step over the image.
    pub trace: Memo<Option<Arc<NetworkTrace>>>,
    networks: Networks,
    pad: PadState,
}

impl Subject {
    /// From the address of the view that is shown.
    pub fn from_address() -> Subject {
        let networks = use_networks();
        let pad = use_pad();
        let network = use_setting("network", NetworkName::Cnn);
        let image = use_setting_where("image", "pad".to_string(), |text| parse_image(text).is_some());
        let target = use_setting_where("target", "auto".to_string(), |text| {
            text == "auto" || text.parse::<usize>().is_ok_and(|digit| digit < 10)
        });
        let edited = use_setting_where("edits", String::new(), |text| read_edits(text).is_some());
        let edits = Memo::new(move |_| read_edits(&edited.get()).unwrap_or_default());
        let tests = RwSignal::new(Tests::Unwanted);
        networks.want(NetworkName::Cnn);
        Effect::new(move |_| networks.want(network.get()));
        Effect::new(move |_| {
            if matches!(parse_image(&image.get()), Some(ImageChoice::Test(_))) {
                want_tests(tests);
            }
        });
        let picture = Memo::new(move |_| match parse_image(&image.get()) {
            Some(ImageChoice::Test(index)) => match tests.get() {
                Tests::Ready(images) if index < images.len() => Some(Arc::new(normalise(images.image(index)))),
                _ => None,
            },
            _ => pad
                .input()
                .or_else(|| prepare(&example(3), Preparation::FULL).map(|prepared| prepared.input().to_vec()))
                .map(Arc::new),
        });
        // What the loss asks for, if somebody has said it. Nobody has said what a drawing should be.
        let asked = Memo::new(move |_| {
            if let Ok(digit) = target.get().parse::<usize>() {
                return Some(digit);
            }
            match (parse_image(&image.get()), tests.get()) {
                (Some(ImageChoice::Test(index)), Tests::Ready(images)) => {
                    Some(usize::from(images.labels.get(index).copied().unwrap_or(0)))
                }
                _ => None,
            }
        });
        let trace = Memo::new(move |_| {
            let network = network_of(networks, network.get(), &edits.get())?;
            let asked = asked.get().map(|label| vec![label]);
            NetworkTrace::reading(&network, picture.get()?.as_slice(), asked).ok().map(Arc::new)
        });
        let label = Memo::new(move |_| trace.with(|trace| trace.as_ref().map_or(0, |trace| trace.labels[0])));
        Subject { network, image, target, edits, edited, tests, picture, label, trace, networks, pad }
    }

    /// Where the image comes from; followed.
    pub fn choice(self) -> ImageChoice {
        parse_image(&self.image.get()).unwrap_or(ImageChoice::Pad)
    }

    /// Looks at another image.
    pub fn choose(self, choice: ImageChoice) {
        self.image.set(match choice {
            ImageChoice::Pad => "pad".to_string(),
            ImageChoice::Test(index) => format!("test{index}"),
        });
    }

    /// Looks into another network; changes made by hand were to the one before.
    pub fn choose_network(self, name: NetworkName) {
        self.undo_edits();
        self.network.set(name);
    }

    /// Changes a weight by hand.
    pub fn edit(self, edit: Edit) {
        let mut edits = self.edits.get_untracked();
        edits.retain(|other| other.name != edit.name || other.element != edit.element);
        edits.push(edit);
        self.edited.set(write_edits(&edits));
    }

    /// Takes all changes made by hand back.
    pub fn undo_edits(self) {
        self.edited.set(String::new());
    }

    /// `auto` or a digit, as the address has it.
    pub fn target(self) -> Setting<String> {
        self.target
    }

    /// Where the same network and image are stepped through, changes made by hand included; followed.
    pub fn walk_address(self) -> String {
        let settings = [
            ("network", self.network.get().code().to_string(), NetworkName::Cnn.code()),
            ("image", self.image.get(), "pad"),
            ("target", self.target.get(), "auto"),
            ("edits", self.edited.get(), ""),
        ];
        let other = settings.into_iter().filter(|(_, value, default)| value != default);
        other.fold("backprop?tab=network".to_string(), |address, (key, value, _)| format!("{address}&{key}={value}"))
    }

    /// Whether the drawing shown is not the reader's, because the pad is empty; followed.
    pub fn stands_in(self) -> bool {
        self.choice() == ImageChoice::Pad && self.pad.with(Vec::is_empty)
    }

    /// The image as ink, 0 to 1: as it was drawn. Followed.
    pub fn ink(self) -> Option<Vec<f32>> {
        self.picture.with(|picture| Some(picture.as_ref()?.iter().map(|&value| value * DEVIATION + MEAN).collect()))
    }

    /// Another class than the one that is read: the most probable of the rest. Asked for it, a network that is sure has
    /// something to learn. Followed.
    pub fn runner_up(self) -> Option<usize> {
        self.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let shares = trace.logits.image(0);
            (0..shares.len()).filter(|&k| k != trace.read(0)).max_by(|&a, &b| shares[a].total_cmp(&shares[b]))
        })
    }

    /// The network with the changes made by hand; followed.
    pub fn network_now(self) -> Option<Network> {
        network_of(self.networks, self.network.get(), &self.edits.get())
    }

    /// The same, not followed.
    pub fn network_untracked(self) -> Option<Network> {
        untrack(move || self.network_now())
    }

    /// Why the network is not here; followed.
    pub fn problem(self) -> Option<LoadProblem> {
        self.networks.problem(self.network.get())
    }

    /// Whether a network has been trained on this page; followed.
    pub fn has_training(self) -> bool {
        self.networks.has(NetworkName::Training)
    }
}

/// Fetches the test images, unless they are here or on their way.
pub fn want_tests(tests: RwSignal<Tests>) {
    if !tests.with_untracked(|tests| matches!(tests, Tests::Unwanted | Tests::Failed(_))) {
        return;
    }
    tests.set(Tests::Loading);
    leptos::task::spawn_local(async move {
        let loaded = crate::trainer::fetch::test_set().await;
        tests.try_set(match loaded {
            Ok(images) => Tests::Ready(Arc::new(images)),
            Err(problem) => Tests::Failed(problem),
        });
    });
}

fn parse_image(text: &str) -> Option<ImageChoice> {
    if text == "pad" {
        return Some(ImageChoice::Pad);
    }
    text.strip_prefix("test")?.parse().ok().filter(|index| *index < 10_000).map(ImageChoice::Test)
}

/// `0.weight:17:0.5,7.bias:3:-1`
fn read_edits(text: &str) -> Option<Vec<Edit>> {
    let edit = |text: &str| {
        let mut parts = text.split(':');
        let (name, element, value) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse::<f32>().ok()?);
        let complete = parts.next().is_none() && value.is_finite();
        complete.then(|| Edit { name: name.to_string(), element, value })
    };
    text.split(',').filter(|part| !part.is_empty()).map(edit).collect()
}

fn write_edits(edits: &[Edit]) -> String {
    edits.iter().map(|Edit { name, element, value }| format!("{name}:{element}:{value}")).collect::<Vec<_>>().join(",")
}

/// The index of the largest number.
pub fn largest(numbers: &[f32]) -> usize {
    (0..numbers.len()).fold(0, |best, k| if numbers[k] > numbers[best] { k } else { best })
}

fn network_of(networks: Networks, name: NetworkName, edits: &[Edit]) -> Option<Network> {
    let mut network = networks.get(name)?.network.clone();
    for parameter in &mut network.parameters {
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.name == parameter.name).collect();
        if own.is_empty() {
            continue;
        }
        let mut values = parameter.tensor.to_f32_vec().ok()?;
        for edit in own {
            if let Some(value) = values.get_mut(edit.element) {
                *value = edit.value;
            }
        }
        let changed = Tensor::from_vec(values, parameter.tensor.shape().clone()).ok()?;
        parameter.tensor = changed.requires_grad_(true).ok()?;
    }
    Some(network)
}
