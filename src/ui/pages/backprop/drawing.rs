//! What is drawn of the graph: nodes with value and gradient, edges, the current one bold. Made once for an expression; a step
//! tells only the nodes and edges that change.

use super::model::{BOX_HEIGHT, Model, caption};
use crate::explain::digits::plain_number;
use crate::explain::expression::{Operand, Program};
use crate::explain::layout::Layout;
use crate::explain::operation::Operation;
use crate::explain::trace::{State, Step, Trace};
use crate::ui::i18n::{t_string, use_i18n};
use leptos::prelude::*;

/// Distance of the drawing from the edges of its picture.
pub const MARGIN: (f64, f64) = (16.0, 12.0);

/// An edge: which node it comes from, which reads it, as which of its operands.
#[derive(Clone, Copy)]
struct Edge {
    input: usize,
    reader: usize,
    operand: usize,
}

fn edges(program: &Program) -> Vec<Edge> {
    let of = |(reader, node): (usize, &crate::explain::expression::Node)| {
        let edge = |(operand, read): (usize, &Operand)| match *read {
            Operand::Node(input) => Some(Edge { input, reader, operand }),
            Operand::Number(_) => None,
        };
        node.operands.iter().enumerate().filter_map(edge).collect::<Vec<_>>()
    };
    program.nodes.iter().enumerate().flat_map(of).collect()
}

/// The curve of an edge. Two edges between the same nodes bend apart.
fn curve(edge: Edge, program: &Program, layout: &Layout, widths: &[f64]) -> String {
    let Edge { input, reader, operand } = edge;
    let ((x1, y1), (x2, y2)) = (layout.centres[input], layout.centres[reader]);
    let apart = operand as f64 - 0.5;
    let spread = if program.nodes[reader].inputs().count() > 1 { apart * 12.0 } else { 0.0 };
    let twice = program.nodes[reader].inputs().filter(|other| *other == input).count() > 1;
    let lift = if twice { apart * 40.0 } else { 0.0 };
    let (x1, x2) = (x1 + widths[input] / 2.0 + MARGIN.0, x2 - widths[reader] / 2.0 + MARGIN.0);
    let (y1, y2) = (y1 + MARGIN.1, y2 + MARGIN.1 + spread);
    let bend = ((x2 - x1) / 2.0).clamp(14.0, 60.0);
    let (from, to) = ((x1 + bend, y1 + lift), (x2 - bend, y2 + lift));
    format!("M{x1:.1} {y1:.1}C{:.1} {:.1} {:.1} {:.1} {x2:.1} {y2:.1}", from.0, from.1, to.0, to.1)
}

/// Edges and nodes of the program.
pub fn drawing(model: Model) -> impl IntoView {
    let (program, layout) = (model.program.get(), model.layout.get());
    if layout.centres.len() != program.nodes.len() {
        return ().into_any();
    }
    let edges = edges(&program);
    let width = |id: usize| box_width(&caption(&program, id), program.nodes[id].name.is_none());
    let widths: Vec<f64> = (0..program.nodes.len()).map(width).collect();
    let drawn = Drawn::new(model, edges.iter().map(|edge| (edge.reader, edge.operand)).collect());
    let edge = |(edge, current): (Edge, RwSignal<&'static str>)| {
        let path = curve(edge, &program, &layout, &widths);
        view! { <path class="graph-edge" d=path data-current=move || current.get()></path> }
    };
    let edges = edges.into_iter().zip(drawn.edges).map(edge).collect_view();
    let node = |(id, shown)| view! { <NodeView model id shown centre=layout.centres[id] /> };
    let nodes = drawn.nodes.into_iter().enumerate().map(node).collect_view();
    view! { <g>{edges}</g><g>{nodes}</g> }.into_any()
}

/// A node without a name carries a small tag, by which the rules call it.
fn box_width(caption: &str, tagged: bool) -> f64 {
    (caption.chars().count() as f64 * 8.6 + if tagged { 48.0 } else { 22.0 }).clamp(44.0, 240.0)
}

/// What a node shows at a place of the walk.
#[derive(Clone, Copy, PartialEq)]
struct NodeState {
    value: Option<f64>,
    gradient: Option<f64>,
    /// `rule` where the step happens, `receives` where its gradient goes to.
    current: &'static str,
    /// A second path meets the first one here.
    adds: bool,
    /// Gradients flow here.
    flows: bool,
}

impl NodeState {
    fn of(step: Option<Step>, state: &State, trace: &Trace, id: usize) -> NodeState {
        let current = match step {
            Some(Step::Backward { node, input, .. }) if input == id && node != id => "receives",
            Some(step) if step.node() == id => "rule",
            _ => "",
        };
        NodeState {
            value: state.values.get(id).copied().flatten(),
            gradient: state.gradients.get(id).copied().flatten(),
            current,
            adds: matches!(step, Some(Step::Backward { input, before: Some(_), .. }) if input == id),
            flows: trace.requires_grad(id),
        }
    }
}

/// How an edge, by its reader and operand, looks after a step.
fn edge_state(step: Option<Step>, (reader, operand): (usize, usize)) -> &'static str {
    match step {
        Some(Step::Forward { node, .. }) if node == reader => "forward",
        Some(Step::Backward { node, operand: k, .. }) if node == reader && k == operand => "backward",
        _ => "",
    }
}

/// A signal for each node and edge. A step changes a few of hundreds: one effect finds those and tells them alone. Were each derived
/// by itself, every step would have to ask all of them, which takes longer than drawing.
struct Drawn {
    nodes: Vec<RwSignal<NodeState>>,
    edges: Vec<RwSignal<&'static str>>,
}

impl Drawn {
    fn new(model: Model, edges: Vec<(usize, usize)>) -> Drawn {
        let states = move || {
            let step = model.step();
            let count = model.program.with_untracked(|program| program.nodes.len());
            let nodes = model.state.with(|state| {
                model.trace.with(|trace| (0..count).map(|id| NodeState::of(step, state, trace, id)).collect::<Vec<_>>())
            });
            (nodes, edges.iter().map(|&edge| edge_state(step, edge)).collect::<Vec<_>>())
        };
        let (nodes, edges) = untrack(&states);
        let nodes: Vec<_> = nodes.into_iter().map(RwSignal::new).collect();
        let edges: Vec<_> = edges.into_iter().map(RwSignal::new).collect();
        let all = (nodes.clone(), edges.clone());
        Effect::new(move |_| {
            let (nodes, edges) = states();
            all.0.iter().zip(nodes).for_each(|(signal, now)| tell(*signal, now));
            all.1.iter().zip(edges).for_each(|(signal, now)| tell(*signal, now));
        });
        Drawn { nodes, edges }
    }
}

fn tell<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, now: T) {
    if signal.try_with_untracked(|before| *before != now) == Some(true) {
        signal.set(now);
    }
}

/// One node. Only what changes at a step is written anew.
#[component]
fn NodeView(model: Model, id: usize, shown: RwSignal<NodeState>, centre: (f64, f64)) -> impl IntoView {
    let i18n = use_i18n();
    let value = move || shown.with(|shown| shown.value);
    let gradient = move || shown.with(|shown| shown.gradient);
    let (text, variable, name, tagged) = model.program.with_untracked(|program| {
        let node = &program.nodes[id];
        (caption(program, id), node.operation == Operation::Variable, program.label(id), node.name.is_none())
    });
    let tag = tagged.then(|| name.clone());
    let is_output = model.program.with_untracked(|program| program.output == id);
    let width = box_width(&text, tagged);
    let show = |number: Option<f64>| number.map(plain_number).unwrap_or_default();
    let full = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let label = move || {
        let none = || t_string!(i18n, backprop.none_yet).to_string();
        let text = |number: Option<f64>| number.map(plain_number).unwrap_or_else(none);
        t_string!(i18n, backprop.node_label, name = name, value = text(value()), gradient = text(gradient()))
    };
    let kind = if variable {
        "variable"
    } else if is_output {
        "output"
    } else {
        "operation"
    };
    view! {
        <g
            class="graph-node"
            role="img"
            aria-label=label
            data-testid=format!("node-{id}")
            data-value=move || full(value())
            data-grad=move || full(gradient())
            data-kind=kind
            data-current=move || shown.with(|shown| shown.current)
            data-flows=move || shown.with(|shown| shown.flows).to_string()
            transform=format!("translate({:.1} {:.1})", centre.0 + MARGIN.0, centre.1 + MARGIN.1)
            on:click=move |_| model.go_to_node(id)
            on:pointerenter=move |_| model.point(Some(id))
            on:pointerleave=move |_| model.point(None)
        >
            <rect
                x=format!("{:.1}", -width / 2.0)
                y=-BOX_HEIGHT / 2.0
                width=format!("{width:.1}")
                height=BOX_HEIGHT
                rx=if variable { "6" } else { "16" }
            ></rect>
            <text class="graph-name" x=if tagged { "10" } else { "0" } y="5">{text}</text>
            {tag.map(|tag| view! { <text class="graph-tag" x=format!("{:.1}", -width / 2.0 + 9.0) y="4">{tag}</text> })}
            <text class="graph-value" y=-BOX_HEIGHT / 2.0 - 5.0>{move || show(value())}</text>
            <text class="graph-gradient" y=BOX_HEIGHT / 2.0 + 15.0>
                {move || gradient().map(|gradient| format!("∂ {}", plain_number(gradient))).unwrap_or_default()}
            </text>
            {move || shown.with(|shown| shown.adds).then(|| view! { <text class="graph-adds" x=format!("{:.1}", width / 2.0 + 2.0) y=BOX_HEIGHT / 2.0 + 15.0>"+="</text> })}
        </g>
    }
}
