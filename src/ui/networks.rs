//! The networks that read a drawing on the page's own thread: the shipped ones, fetched when they are first wanted, and
//! the one in training, as far as the worker has told its weights. Draw, Inspect and Backprop share them.

use super::address::SettingValue;
use super::i18n::{I18n, t_string};
use crate::backend::Device;
use crate::error::{Error, Result};
use crate::export::safetensors as weights;
use crate::nn::init::Initialization;
use crate::nn::network::Network;
use crate::nn::spec::NetworkSpec;
use crate::random::Generator;
use crate::tensor::{Tensor, no_grad};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Which network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkName {
    Cnn,
    MlpLeaky,
    /// `mlp-200` with the weights that it starts with from seed 1: its gradients are large everywhere.
    Untrained,
    Training,
}

impl NetworkName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cnn, Self::MlpLeaky, Self::Untrained, Self::Training];

    /// As the address and the files have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cnn => "cnn",
            Self::MlpLeaky => "mlp-200-leaky",
            Self::Untrained => "mlp-200",
            Self::Training => "training",
        }
    }

    /// The network of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.code() == code)
    }
}

impl SettingValue for NetworkName {
    fn parse(text: &str) -> Option<Self> {
        Self::from_code(text)
    }
    fn to_text(&self) -> String {
        self.code().to_owned()
    }
}

/// How well a network reads images that it has not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Share of the test images read rightly.
    pub accuracy: f64,
    /// How many there were.
    pub images: u32,
}

/// A network with its weights, on the CPU.
pub struct ReadyNetwork {
    pub network: Network,
    /// As the weight file says; none for a network in training.
    pub quality: Option<Quality>,
}

#[derive(Clone)]
enum Slot {
    Unwanted,
    Loading,
    Ready(Rc<ReadyNetwork>),
    Failed(LoadProblem),
}

/// Why a network is not here: the page has words for each.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadProblem {
    /// No answer: the browser is offline, or the server is gone.
    Unreachable { file: String },
    /// The server answered with this HTTP status.
    Refused { file: String, status: u16 },
    /// What came is no weight file of this network.
    Broken { file: String },
}

impl LoadProblem {
    /// In the reader's language.
    pub fn words(&self, i18n: I18n) -> String {
        match self {
            LoadProblem::Unreachable { file } => t_string!(i18n, common.load_unreachable, file = file),
            LoadProblem::Refused { file, status } => t_string!(i18n, common.load_refused, file = file, status = status),
            LoadProblem::Broken { file } => t_string!(i18n, common.load_broken, file = file),
        }
    }
}

/// All networks of the page. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct Networks {
    slots: [RwSignal<Slot, LocalStorage>; NetworkName::ALL.len()],
    training_wanted: RwSignal<bool>,
}

impl Networks {
    /// None is loaded yet. Once, by the frame.
    pub fn start() -> Self {
        Self { slots: std::array::from_fn(|_| RwSignal::new_local(Slot::Unwanted)), training_wanted: RwSignal::new(false) }
    }

    fn slot(self, name: NetworkName) -> RwSignal<Slot, LocalStorage> {
        self.slots[name as usize]
    }

    /// Fetches the network, unless it is here or on its way. That in training is asked of the worker by the run.
    pub fn want(self, name: NetworkName) {
        let slot = self.slot(name);
        if name == NetworkName::Training && !self.training_wanted.get_untracked() {
            self.training_wanted.set(true);
        }
        let wanted = slot.with_untracked(|slot| matches!(slot, Slot::Unwanted | Slot::Failed(_)));
        if name == NetworkName::Training || !wanted {
            return;
        }
        if name == NetworkName::Untrained {
            slot.set(match untrained() {
                Ok(network) => Slot::Ready(Rc::new(ReadyNetwork { network, quality: None })),
                Err(error) => Slot::Failed(broken(name.code(), &error)),
            });
            return;
        }
        slot.set(Slot::Loading);
        leptos::task::spawn_local(async move {
            slot.set(match load(name).await {
                Ok(network) => Slot::Ready(Rc::new(network)),
                Err(problem) => Slot::Failed(problem),
            });
        });
    }

    /// Whether some view reads with the network in training; followed.
    pub fn training_wanted(self) -> bool {
        self.training_wanted.get()
    }

    /// The same, not followed.
    pub fn training_wanted_untracked(self) -> bool {
        self.training_wanted.get_untracked()
    }

    /// The network in training stands like this: a safetensors file of the worker.
    pub fn set_training(self, spec: &NetworkSpec, file: &[u8]) -> Result<()> {
        let values = weights::from_safetensors(spec, file)?;
        let network = Network::with_values(spec.clone(), values, &Device::Cpu)?;
        self.slot(NetworkName::Training).set(Slot::Ready(Rc::new(ReadyNetwork { network, quality: None })));
        Ok(())
    }

    /// The network itself, once it is here; followed. While nothing has been trained, the cnn stands in.
    pub fn get(self, name: NetworkName) -> Option<Rc<ReadyNetwork>> {
        match self.slot(name).get() {
            Slot::Ready(network) => Some(network),
            _ if name == NetworkName::Training => self.get(NetworkName::Cnn),
            _ => None,
        }
    }

    /// Whether this very network is here; followed.
    pub fn has(self, name: NetworkName) -> bool {
        self.slot(name).with(|slot| matches!(slot, Slot::Ready(_)))
    }

    /// Why it is not here and will not be; followed.
    pub fn problem(self, name: NetworkName) -> Option<LoadProblem> {
        self.slot(name).with(|slot| if let Slot::Failed(problem) = slot { Some(problem.clone()) } else { None })
    }

    /// What its file says of it; followed.
    pub fn quality(self, name: NetworkName) -> Option<Quality> {
        self.get(name)?.quality
    }

    /// The probabilities that a network gives to 28x28 normalised numbers; none while it is not here. Followed.
    pub fn read(self, name: NetworkName, input: &[f32]) -> Option<Vec<f32>> {
        let network = self.get(name)?;
        probabilities(&network.network, input).inspect_err(|error| leptos::logging::error!("reading: {error}")).ok()
    }
}

/// The networks of the page.
pub fn use_networks() -> Networks {
    expect_context()
}

/// Softmax of the network's logits for one image.
pub fn probabilities(network: &Network, input: &[f32]) -> Result<Vec<f32>> {
    no_grad(|| {
        let image = Tensor::from_vec(input.to_vec(), [1, input.len()])?;
        network.forward(&image, None, 1)?.logits.softmax(1)?.to_f32_vec()
    })
}

fn untrained() -> Result<Network> {
    let spec = NetworkSpec::parse(NetworkName::Untrained.code())?;
    Network::new(spec, Initialization::Default, &mut Generator::new(1), &Device::Cpu)
}

/// A file that is here and cannot be used; the reason goes to the console, in the library's words.
fn broken(file: &str, error: &Error) -> LoadProblem {
    leptos::logging::error!("{file}: {error}");
    LoadProblem::Broken { file: file.to_string() }
}

async fn load(name: NetworkName) -> std::result::Result<ReadyNetwork, LoadProblem> {
    let address = format!("www/weights/{}.safetensors", name.code());
    let file = fetch_bytes(&address).await?;
    ready(name, &file).map_err(|error| broken(&address, &error))
}

fn ready(name: NetworkName, file: &[u8]) -> Result<ReadyNetwork> {
    let notes = weights::notes(file)?;
    let spec = NetworkSpec::parse(name.code())?;
    let number = |key: &str| notes.get(key).and_then(|text| text.parse::<f64>().ok());
    let quality =
        number("accuracy").map(|accuracy| Quality { accuracy, images: number("test_images").unwrap_or(10_000.0) as u32 });
    let network = Network::with_values(spec.clone(), weights::from_safetensors(&spec, file)?, &Device::Cpu)?;
    Ok(ReadyNetwork { network, quality })
}

/// A file of this site.
async fn fetch_bytes(address: &str) -> std::result::Result<Vec<u8>, LoadProblem> {
    let lost = |_: JsValue| LoadProblem::Unreachable { file: address.to_string() };
    let response = JsFuture::from(window().fetch_with_str(address)).await.map_err(lost)?;
    let response: web_sys::Response = response.dyn_into().map_err(lost)?;
    if !response.ok() {
        return Err(LoadProblem::Refused { file: address.to_string(), status: response.status() });
    }
    let buffer = response.array_buffer().map_err(lost)?;
    let buffer = JsFuture::from(buffer).await.map_err(lost)?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}
