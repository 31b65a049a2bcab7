//! The signals of a walk over a typed expression. What can be derived from source, values and position is; the page keeps
//! those three in its address, a lesson in plain signals.

use crate::explain::expression::Program;
use crate::explain::layout::{Layout, layout};
use crate::explain::operation::Operation;
use crate::explain::presets::PRESETS;
use crate::explain::problem::Problem;
use crate::explain::scalar_graph::Settings;
use crate::explain::trace::{Phase, Position, State, Step, Trace, Walk};
use leptos::prelude::*;
use std::sync::Arc;

/// Everything that a graph, a transport bar and a rule need to know. `Copy`.
#[derive(Clone, Copy)]
pub struct Model {
    /// The last expression that could be read.
    pub program: Memo<Arc<Program>>,
    /// What is wrong with the one that is typed now.
    pub problem: Memo<Option<Problem>>,
    /// Values and switches.
    pub settings: Signal<Settings>,
    /// The steps of the training step that is shown.
    pub trace: Memo<Arc<Trace>>,
    /// Where the walk stands.
    pub position: Memo<Position>,
    /// The step that was taken last; none at the very start.
    pub step: Memo<Option<Step>>,
    /// What is known there.
    pub state: Memo<State>,
    pointed: RwSignal<Option<Pointed>>,
    /// After how many steps the rule is shown: where the walk stands, or at what happened last to the node that is pointed at.
    pub looked_at: Memo<usize>,
    /// Where the nodes are drawn.
    pub layout: Memo<Arc<Layout>>,
    set_position: Callback<Position>,
}

/// A node under the pointer. Once the walk goes on, or the graph is another, it is not pointed at any more.
#[derive(Clone, Copy)]
struct Pointed {
    node: usize,
    at: Position,
    /// Where the program lies: by that it is known again.
    program: usize,
}

impl Pointed {
    fn is_in(&self, program: &Arc<Program>) -> bool {
        self.program == Arc::as_ptr(program) as usize
    }
}

/// Derives a model. `set_position` is told when somebody steps.
pub fn model(
    source: Signal<String>,
    settings: Signal<Settings>,
    learning_rate: Signal<f64>,
    position: Signal<Position>,
    set_position: Callback<Position>,
) -> Model {
    let parsed = Memo::new(move |_| source.with(|source| Program::parse(source)));
    let problem = Memo::new(move |_| parsed.with(|parsed| parsed.as_ref().err().cloned()));
    let program = Memo::new(move |last: Option<&Arc<Program>>| match (parsed.get(), last) {
        (Ok(program), _) => Arc::new(program),
        (Err(_), Some(last)) => last.clone(),
        (Err(_), None) => Arc::new(Program::parse(PRESETS[0].source).unwrap_or_default()),
    });
    // A walk is compared by what it is made of: it is made anew when one of those changes.
    let walk = Memo::new_with_compare(
        move |_| program.with(|program| Walk::new(program, &settings.get(), learning_rate.get()).ok().map(Arc::new)),
        |_, _| true,
    );
    let round = Memo::new(move |_| position.get().round);
    let trace = Memo::new(move |_| {
        let trace = walk.get().and_then(|walk| walk.trace(round.get()).ok());
        Arc::new(trace.unwrap_or_default())
    });
    let position = Memo::new(move |_| {
        let Position { round, step } = position.get();
        Position { round, step: step.min(trace.with(|trace| trace.steps().len())) }
    });
    let step = Memo::new(move |_| {
        let taken = position.get().step.checked_sub(1)?;
        trace.with(|trace| trace.steps().get(taken).copied())
    });
    let state = Memo::new(move |_| trace.with(|trace| trace.state(position.get().step)));
    let layout = Memo::new(move |_| {
        program.with(|program| {
            let sizes: Vec<(f64, f64)> = (0..program.nodes.len()).map(|id| size_of(program, id)).collect();
            let inputs: Vec<Vec<usize>> = program.nodes.iter().map(|node| node.inputs().collect()).collect();
            Arc::new(layout(&sizes, &inputs))
        })
    });
    let pointed = RwSignal::new(None::<Pointed>);
    let looked_at = Memo::new(move |_| {
        let at = position.get();
        let pointed = pointed.get().filter(|pointed| pointed.at == at && program.with(|program| pointed.is_in(program)));
        pointed.and_then(|pointed| trace.with(|trace| trace.last_at(pointed.node, at.step))).unwrap_or(at.step)
    });
    Model { program, problem, settings, trace, position, step, state, pointed, looked_at, layout, set_position }
}

impl Model {
    /// The step that was taken last; none at the very start.
    pub fn step(self) -> Option<Step> {
        self.step.get()
    }

    /// The pointer has come to a node, or has left it.
    pub fn point(self, node: Option<usize>) {
        let program = self.program.with_untracked(|program| Arc::as_ptr(program) as usize);
        let _ = self.pointed.try_set(node.map(|node| Pointed { node, at: self.position.get_untracked(), program }));
    }

    /// The step whose rule is shown, and what is known at it; followed.
    pub fn shown(self) -> Option<(Step, State)> {
        let taken = self.looked_at.get();
        self.trace.with(|trace| {
            let step = *trace.steps().get(taken.checked_sub(1)?)?;
            let stands = taken == self.position.get().step;
            Some((step, if stands { self.state.get() } else { trace.state(taken) }))
        })
    }

    /// To a place in this walk.
    pub fn go(self, position: Position) {
        if position != self.position.get_untracked() {
            self.set_position.run(position);
        }
    }

    /// To where a node gets its value, or in the backward pass its gradient.
    pub fn go_to_node(self, node: usize) {
        let Position { round, step } = self.position.get_untracked();
        let found = self.trace.with_untracked(|trace| {
            let backward = step > trace.end_of(Phase::Forward);
            trace.steps().iter().rposition(|step| match *step {
                Step::Forward { node: at, .. } => !backward && at == node,
                Step::Seed { node: at } => backward && at == node,
                Step::Backward { input, .. } => backward && input == node,
                Step::Update { .. } => false,
            })
        });
        if let Some(found) = found {
            self.go(Position { round, step: found + 1 });
        }
    }
}

/// What is written in a node: its operator with the numbers that belong to it, its name before.
pub fn caption(program: &Program, id: usize) -> String {
    use crate::explain::digits::plain_number;
    use crate::explain::expression::Operand;
    let node = &program.nodes[id];
    let sign = node.operation.sign();
    let text = match (node.operation, &node.operands[..]) {
        (Operation::Variable, _) => return program.label(id),
        (_, [Operand::Node(_), Operand::Number(number)]) => format!("{sign} {}", plain_number(*number)),
        (_, [Operand::Number(number), Operand::Node(_)]) => format!("{} {sign}", plain_number(*number)),
        _ => sign.to_string(),
    };
    match &node.name {
        Some(name) => format!("{name} = {text}"),
        None => text,
    }
}

/// Height of a node's box; its value stands above, its gradient below.
pub const BOX_HEIGHT: f64 = 32.0;

fn size_of(program: &Program, id: usize) -> (f64, f64) {
    let tag = if program.nodes[id].name.is_none() { 26.0 } else { 0.0 };
    let width = caption(program, id).chars().count() as f64 * 8.6 + 22.0 + tag;
    (width.clamp(70.0, 240.0), BOX_HEIGHT + 40.0)
}
