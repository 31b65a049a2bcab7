//! The graph of an expression, drawn from left to right: value above each node, gradient below, the current edge bold.
//! It scrolls where it is larger than its place; buttons and keys enlarge it, dragging moves it.

use super::model::{BOX_HEIGHT, Model, caption};
use crate::explain::formula::plain_number;
use crate::explain::operation::Operation;
use crate::explain::trace::{State, Step, Trace};
use crate::ui::components::TableToggle;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::html;
use leptos::prelude::*;

/// The drawing, with its numbers as a table below.
#[component]
pub fn GraphView(model: Model) -> impl IntoView {
    let i18n = use_i18n();
    let scroller = NodeRef::<html::Div>::new();
    let zoom = RwSignal::new(None::<f64>);
    let room = RwSignal::new(0.0);
    let measure = move || {
        if let Some(scroller) = scroller.get_untracked() {
            room.set(f64::from(scroller.client_width()));
        }
    };
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    Effect::new(move |_| {
        if scroller.get().is_some() {
            measure();
        }
    });
    let size = move || model.layout.with(|layout| (layout.width + 32.0, layout.height + 24.0));
    // Fits the width while that stays readable.
    let scale = Memo::new(move |_| {
        zoom.get().unwrap_or_else(|| {
            let fits = room.get() / size().0.max(1.0);
            fits.clamp(if room.get() < 600.0 { 0.8 } else { 0.66 }, 1.25)
        })
    });
    let enlarge = move |factor: f64| zoom.set(Some((scale.get_untracked() * factor).clamp(0.25, 3.0)));
    // What happens should be in sight. In the next frame: the browser has the new drawing laid out by then, and does it once.
    Effect::new(move |_| {
        let Some(step) = model.step() else { return };
        let centre = model.layout.with(|layout| layout.centres.get(step.node()).copied());
        let (Some(scroller), Some((x, y)), scale) = (scroller.get(), centre, scale.get()) else { return };
        request_animation_frame(move || reveal(&scroller, x * scale, y * scale));
    });
    let grabbed = StoredValue::new(None::<(f64, f64)>);
    let drag = move |event: web_sys::PointerEvent| {
        let (Some((x, y)), Some(scroller)) = (grabbed.get_value(), scroller.get_untracked()) else { return };
        let (now_x, now_y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        scroller.set_scroll_left((f64::from(scroller.scroll_left()) + x - now_x) as i32);
        scroller.set_scroll_top((f64::from(scroller.scroll_top()) + y - now_y) as i32);
        grabbed.set_value(Some((now_x, now_y)));
    };
    let on_key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "+" | "=" => enlarge(1.25),
        "-" => enlarge(0.8),
        "0" => zoom.set(None),
        _ => {}
    };
    let rows = Signal::derive(move || {
        let head = vec![
            t_string!(i18n, backprop.node).to_string(),
            t_string!(i18n, backprop.operation).to_string(),
            t_string!(i18n, backprop.value).to_string(),
            t_string!(i18n, backprop.gradient).to_string(),
        ];
        let body = model.program.with(|program| {
            model.state.with(|state| {
                (0..program.nodes.len().min(state.values.len()))
                    .map(|id| {
                        let show = |number: Option<f64>| number.map(plain_number).unwrap_or_else(|| "–".to_string());
                        vec![
                            program.label(id),
                            program.nodes[id].operation.sign().to_string(),
                            show(state.values[id]),
                            show(state.gradients[id]),
                        ]
                    })
                    .collect::<Vec<_>>()
            })
        });
        std::iter::once(head).chain(body).collect::<Vec<_>>()
    });
    let drawing = move || {
        let program = model.program.get();
        let layout = model.layout.get();
        if layout.centres.len() != program.nodes.len() {
            return ().into_any();
        }
        let edges: Vec<(usize, usize, usize)> = program
            .nodes
            .iter()
            .enumerate()
            .flat_map(|(reader, node)| {
                node.operands.iter().enumerate().filter_map(move |(k, operand)| match operand {
                    crate::explain::expression::Operand::Node(input) => Some((*input, reader, k)),
                    crate::explain::expression::Operand::Number(_) => None,
                })
            })
            .collect();
        let widths: Vec<f64> =
            (0..program.nodes.len()).map(|id| box_width(&caption(&program, id), program.nodes[id].name.is_none())).collect();
        let drawn = Drawn::new(model, edges.iter().map(|&(_, reader, operand)| (reader, operand)).collect());
        let edge_views = edges
            .into_iter()
            .zip(drawn.edges)
            .map(|((input, reader, operand), current)| {
                let ((x1, y1), (x2, y2)) = (layout.centres[input], layout.centres[reader]);
                let twice = program.nodes[reader].inputs().filter(|other| *other == input).count() > 1;
                let count = program.nodes[reader].inputs().count();
                let spread = if count > 1 { (operand as f64 - 0.5) * 12.0 } else { 0.0 };
                let (x1, x2) = (x1 + widths[input] / 2.0 + 16.0, x2 - widths[reader] / 2.0 + 16.0);
                let (y1, y2) = (y1 + 12.0, y2 + 12.0 + spread);
                let bend = ((x2 - x1) / 2.0).clamp(14.0, 60.0);
                let lift = if twice { (operand as f64 - 0.5) * 40.0 } else { 0.0 };
                let path = format!(
                    "M{x1:.1} {y1:.1}C{:.1} {:.1} {:.1} {:.1} {x2:.1} {y2:.1}",
                    x1 + bend,
                    y1 + lift,
                    x2 - bend,
                    y2 + lift
                );
                view! { <path class="graph-edge" d=path data-current=move || current.get()></path> }
            })
            .collect_view();
        let node_views = drawn.nodes.into_iter().enumerate();
        let node_views =
            node_views.map(|(id, shown)| view! { <NodeView model id shown centre=layout.centres[id] /> }).collect_view();
        view! { <g>{edge_views}</g><g>{node_views}</g> }.into_any()
    };
    view! {
        <div class="graph">
            <TableToggle rows>
                <div
                    class="graph-scroll"
                    node_ref=scroller
                    tabindex="0"
                    role="group"
                    aria-label=t!(i18n, backprop.graph_label)
                    on:keydown=on_key
                    on:pointerdown=move |event| {
                        if event.pointer_type() == "mouse" && event.button() == 0 {
                            grabbed.set_value(Some((f64::from(event.client_x()), f64::from(event.client_y()))));
                        }
                    }
                    on:pointermove=drag
                    on:pointerup=move |_| grabbed.set_value(None)
                    on:pointerleave=move |_| grabbed.set_value(None)
                >
                    <svg
                        width=move || format!("{:.0}", size().0 * scale.get())
                        height=move || format!("{:.0}", size().1 * scale.get())
                        viewBox=move || format!("0 0 {:.0} {:.0}", size().0, size().1)
                    >
                        {drawing}
                    </svg>
                </div>
                <div class="graph-zoom">
                    <button type="button" class="small" aria-label=t!(i18n, backprop.smaller) on:click=move |_| enlarge(0.8)>"−"</button>
                    <button type="button" class="small" aria-label=t!(i18n, backprop.larger) on:click=move |_| enlarge(1.25)>"+"</button>
                    <button type="button" class="small" on:click=move |_| zoom.set(None)>{t!(i18n, backprop.fit)}</button>
                </div>
            </TableToggle>
        </div>
    }
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

/// Scrolls as far as needed for a place, in CSS pixels of the drawing, to be in sight.
fn reveal(scroller: &web_sys::HtmlDivElement, x: f64, y: f64) {
    const MARGIN: f64 = 90.0;
    let start_of = |at: f64, start: i32, length: i32| {
        let (from, length) = (f64::from(start), f64::from(length));
        let there = (from + MARGIN..=from + length - MARGIN).contains(&at);
        (!there).then(|| (at - length / 2.0).max(0.0) as i32).filter(|now| *now != start)
    };
    if let Some(left) = start_of(x, scroller.scroll_left(), scroller.client_width()) {
        scroller.set_scroll_left(left);
    }
    if let Some(top) = start_of(y, scroller.scroll_top(), scroller.client_height()) {
        scroller.set_scroll_top(top);
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
            transform=format!("translate({:.1} {:.1})", centre.0 + 16.0, centre.1 + 12.0)
            on:click=move |_| model.go_to_node(id)
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
