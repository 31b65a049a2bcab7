//! The live widgets of the lessons: the frame around each, the state that the text shares with it, and which stage draws
//! which. What they compute is `lessons::compute`.

mod activation;
mod bound;
mod cells;
mod controls;
mod convolution;
mod dead_relu;
mod entropy;
mod graph;
mod lab;
mod labels;
mod live_training;
mod losses;
mod narrow;
mod neuron;
mod plot;
mod pointer;
mod race;
mod running;
mod softmax;
mod stairs;
mod state;
mod tensors;
mod walk;

pub use bound::Bound;
pub use state::{Board, Handle};

use crate::ui::i18n::use_i18n;
use leptos::prelude::*;

/// A widget: its name, what it shows, its controls.
#[component]
pub fn WidgetView(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let name = handle.name();
    let title = move || labels::title(i18n.language(), name);
    view! {
        <figure class="widget" id=format!("widget-{name}") data-testid=format!("widget-{name}") aria-label=title>
            <figcaption class="widget-title">{title}</figcaption>
            {stage(handle)}
        </figure>
    }
}

fn stage(handle: Handle) -> AnyView {
    match handle.name() {
        "tensor-maker" => view! { <tensors::Maker handle /> }.into_any(),
        "indexer" => view! { <tensors::Indexer handle /> }.into_any(),
        "broadcast" => view! { <tensors::Broadcast handle /> }.into_any(),
        "matmul" => view! { <tensors::Product handle /> }.into_any(),
        "axis-sum" => view! { <tensors::AxisSum handle /> }.into_any(),
        "graph" => view! { <graph::Graph handle /> }.into_any(),
        "activation" => view! { <activation::Activation handle /> }.into_any(),
        "loss-surface" => view! { <losses::Surface handle /> }.into_any(),
        "log-series" => view! { <losses::Series handle /> }.into_any(),
        "softmax-jacobian" => view! { <softmax::Softmax handle /> }.into_any(),
        "neuron" => view! { <neuron::Neuron handle /> }.into_any(),
        "delta-walk" => view! { <walk::Walk handle /> }.into_any(),
        "accuracy-stairs" => view! { <stairs::Stairs handle /> }.into_any(),
        "entropy" => view! { <entropy::Entropy handle /> }.into_any(),
        "kernel" => view! { <convolution::Kernel handle /> }.into_any(),
        "output-size" => view! { <convolution::OutputSize handle /> }.into_any(),
        "pooling" => view! { <convolution::Pooling handle /> }.into_any(),
        "dead-relu" => view! { <dead_relu::DeadRelu handle /> }.into_any(),
        "live-training" => view! { <live_training::LiveTraining handle /> }.into_any(),
        "device-race" => view! { <race::Race handle /> }.into_any(),
        "overfitting" => view! { <lab::Overfitting handle /> }.into_any(),
        _ => controls::all(handle, &[]),
    }
}
