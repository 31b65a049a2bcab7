//! One training step of a scalar graph as a list of small steps that can be walked in both directions: forward op by op,
//! the seed, backward edge by edge, the update. What is known after `k` steps is a function of `k` alone, so walking back
//! and forth a thousand times leaves the same bits.

use super::expression::Program;
use super::operation::Operation;
use super::scalar_graph::{ScalarGraph, Settings};
use crate::error::Result;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The part of a training step that a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Values are computed.
    Forward,
    /// Gradients flow back.
    Backward,
    /// Variables move against their gradients.
    Update,
}

/// One step of the walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// An op computes its value.
    Forward { node: usize, value: f64 },
    /// The derivative of the output by itself: 1.
    Seed { node: usize },
    /// One edge of the backward pass: `gradient of input += upstream * slope`.
    Backward {
        /// The op whose rule is applied.
        node: usize,
        /// Which of its operands, and the node there.
        operand: usize,
        input: usize,
        /// The gradient that arrived at the op.
        upstream: f64,
        /// The local derivative.
        slope: f64,
        /// What flows to the input.
        product: f64,
        /// The input's gradient before this step; none if this is the first path to reach it.
        before: Option<f64>,
        /// The input's gradient after it.
        after: f64,
    },
    /// `variable -= learning rate * gradient`
    Update { node: usize, before: f64, gradient: f64, learning_rate: f64, after: f64 },
}

impl Step {
    /// The part of the training step that it belongs to.
    pub fn phase(&self) -> Phase {
        match self {
            Step::Forward { .. } => Phase::Forward,
            Step::Seed { .. } | Step::Backward { .. } => Phase::Backward,
            Step::Update { .. } => Phase::Update,
        }
    }

    /// The node that it is about: the op that computes, or whose rule is applied, or the variable that moves.
    pub fn node(&self) -> usize {
        match *self {
            Step::Forward { node, .. } | Step::Seed { node } | Step::Backward { node, .. } | Step::Update { node, .. } => {
                node
            }
        }
    }
}

/// All steps of one training step. Numbers only: the tensors that they came from are gone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    program: Arc<Program>,
    values: Vec<f64>,
    requires_grad: Vec<bool>,
    steps: Vec<Step>,
}

/// What is known after some steps.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The value of each node, none before its op has run.
    pub values: Vec<Option<f64>>,
    /// The gradient of each node so far, none before the first path has reached it.
    pub gradients: Vec<Option<f64>>,
}

impl Trace {
    /// Lists the steps of a graph: forward, backward where the output needs it, and an update of each variable.
    pub fn new(graph: &ScalarGraph, learning_rate: f64) -> Result<Trace> {
        let program = graph.program();
        let operations = (0..program.nodes.len()).filter(|&id| program.nodes[id].operation != Operation::Variable);
        let mut steps: Vec<Step> = operations.map(|node| Step::Forward { node, value: graph.values()[node] }).collect();
        if graph.requires_grad(program.output) {
            let mut gradients: Vec<Option<f64>> = vec![None; program.nodes.len()];
            gradients[program.output] = Some(1.0);
            steps.push(Step::Seed { node: program.output });
            for node in (0..=program.output).rev() {
                let Some(upstream) = gradients[node] else { continue };
                for contribution in graph.contributions(node, upstream)? {
                    let before = gradients[contribution.input];
                    let after = before.map_or(contribution.product, |before| before + contribution.product);
                    gradients[contribution.input] = Some(after);
                    steps.push(Step::Backward {
                        node,
                        operand: contribution.operand,
                        input: contribution.input,
                        upstream,
                        slope: contribution.slope,
                        product: contribution.product,
                        before,
                        after,
                    });
                }
            }
            for node in program.variables() {
                if let Some(gradient) = gradients[node] {
                    let before = graph.values()[node];
                    let after = before - learning_rate * gradient;
                    steps.push(Step::Update { node, before, gradient, learning_rate, after });
                }
            }
        }
        let requires_grad = (0..program.nodes.len()).map(|node| graph.requires_grad(node)).collect();
        Ok(Trace { program: program.clone(), values: graph.values().to_vec(), requires_grad, steps })
    }

    /// The expression that is walked.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The value of every node before the update.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether gradients flow to a node; not to one that this trace does not have.
    pub fn requires_grad(&self, node: usize) -> bool {
        self.requires_grad.get(node).copied().unwrap_or(false)
    }

    /// The gradient of a node once the backward pass has ended; none where none arrives.
    pub fn gradient(&self, node: usize) -> Option<f64> {
        self.steps.iter().rev().find_map(|step| match *step {
            Step::Seed { node: at } if at == node => Some(1.0),
            Step::Backward { input, after, .. } if input == node => Some(after),
            _ => None,
        })
    }

    /// After how many of the first `taken` steps the last thing happened to a node: its value, its gradient, its update.
    pub fn last_at(&self, node: usize, taken: usize) -> Option<usize> {
        let about = |step: &Step| match *step {
            Step::Backward { input, .. } => input == node,
            other => other.node() == node,
        };
        self.steps.get(..taken)?.iter().rposition(about).map(|last| last + 1)
    }

    /// The node whose gradient is complete after the first `position` steps, the last of which was about it.
    pub fn completed(&self, position: usize) -> Option<usize> {
        match *self.steps.get(position.checked_sub(1)?)? {
            Step::Backward { input, .. } => {
                let later = |step: &Step| matches!(step, Step::Backward { input: other, .. } if *other == input);
                (!self.steps[position..].iter().any(later)).then_some(input)
            }
            Step::Update { node, .. } => Some(node),
            Step::Forward { .. } | Step::Seed { .. } => None,
        }
    }

    /// The first node in the order of computation whose value is infinite or not a number.
    pub fn first_not_finite(&self) -> Option<usize> {
        self.values.iter().position(|value| !value.is_finite())
    }

    /// All steps, in the order of a training step.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many steps come before and in a phase: where the phase ends.
    pub fn end_of(&self, phase: Phase) -> usize {
        self.steps.iter().rposition(|step| step.phase() == phase).map_or_else(
            || match phase {
                Phase::Forward => 0,
                Phase::Backward => self.end_of(Phase::Forward),
                Phase::Update => self.end_of(Phase::Backward),
            },
            |last| last + 1,
        )
    }

    /// The step that was just taken at a position, its phase, its number in the phase from 1, and the phase's length.
    pub fn place(&self, position: usize) -> Option<(Phase, usize, usize)> {
        let step = self.steps.get(position.checked_sub(1)?)?;
        let phase = step.phase();
        let start = self.steps.iter().position(|other| other.phase() == phase)?;
        Some((phase, position - start, self.end_of(phase) - start))
    }

    /// What is known after the first `position` steps.
    pub fn state(&self, position: usize) -> State {
        let program = &self.program;
        let mut state = State { values: vec![None; program.nodes.len()], gradients: vec![None; program.nodes.len()] };
        for id in program.variables() {
            state.values[id] = Some(self.values[id]);
        }
        for step in &self.steps[..position.min(self.steps.len())] {
            match *step {
                Step::Forward { node, value } => state.values[node] = Some(value),
                Step::Seed { node } => state.gradients[node] = Some(1.0),
                Step::Backward { input, after, .. } => state.gradients[input] = Some(after),
                Step::Update { node, after, .. } => state.values[node] = Some(after),
            }
        }
        state
    }

    /// The values of the variables after the update, in their order: where the next training step starts.
    pub fn updated(&self) -> Vec<f64> {
        let end = self.state(self.steps.len());
        self.program.variables().map(|id| end.values[id].unwrap_or(f64::NAN)).collect()
    }
}

/// A place in a walk over several training steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// The training step, from 0.
    pub round: usize,
    /// How many steps of its trace were taken.
    pub step: usize,
}

/// A walk over training steps: each starts with the variables that the one before has left. Rounds are computed when they
/// are first asked for; where each starts is kept, so that going back is exact.
#[derive(Debug)]
pub struct Walk {
    program: Arc<Program>,
    without_gradient: BTreeSet<String>,
    learning_rate: f64,
    starts: Mutex<Vec<Vec<f64>>>,
}

/// How far a walk goes.
pub const MAXIMUM_ROUNDS: usize = 1000;

impl Walk {
    /// A walk from these settings.
    pub fn new(program: &Arc<Program>, settings: &Settings, learning_rate: f64) -> Result<Walk> {
        let first = ScalarGraph::evaluate(program, settings)?.starts();
        Ok(Walk {
            program: program.clone(),
            without_gradient: settings.without_gradient.clone(),
            learning_rate,
            starts: Mutex::new(vec![first]),
        })
    }

    /// The steps of one round.
    pub fn trace(&self, round: usize) -> Result<Trace> {
        let round = round.min(MAXIMUM_ROUNDS - 1);
        let mut known = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let wanted = known.len().min(round + 1) - 1;
            let graph = ScalarGraph::evaluate_at(&self.program, &known[wanted], &self.without_gradient)?;
            let trace = Trace::new(&graph, self.learning_rate)?;
            if wanted == round {
                return Ok(trace);
            }
            known.push(trace.updated());
        }
    }
}

impl Position {
    /// One step on; from the end of a round to the first step of the next, if it has an update to go on from.
    pub fn forward(self, trace: &Trace) -> Position {
        let last = trace.steps().len();
        if self.step < last {
            Position { step: self.step + 1, ..self }
        } else if self.round + 1 < MAXIMUM_ROUNDS && trace.end_of(Phase::Backward) < last {
            Position { round: self.round + 1, step: 0 }
        } else {
            self
        }
    }

    /// One step back; from the start of a round to the end of the one before, whose number of steps is the same.
    pub fn back(self, trace: &Trace) -> Position {
        match (self.round, self.step) {
            (0, 0) => self,
            (round, 0) => Position { round: round - 1, step: trace.steps().len() },
            (round, step) => Position { round, step: step - 1 },
        }
    }
}
