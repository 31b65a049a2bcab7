// Shared: one optimizer step on one element. The rule's numbers come from the step's row of the schedule, laid out as `UpdateRow`.
// RULE: 0 SGD, 1 SGD with momentum, 2 Adam, 3 AdamW, 4 RMSprop.
override RULE: u32 = 0u;

@group(0) @binding(21) var<storage, read> schedule: array<f32>;

// What the step's row says, read once a thread: before the first update.
struct Rule {
    learning_rate: f32,
    momentum: f32,
    second: f32,
    nesterov: bool,
    weight_decay: f32,
    l1: f32,
    epsilon: f32,
    step_size: f32,
    bias_correction2_sqrt: f32,
    first: bool,
    take: f32,
    take_square: f32,
    keep: f32,
}

var<private> rule: Rule;

fn read_rule() {
    let row = chunk_row() * 16u;
    rule = Rule(
        schedule[row],
        schedule[row + 1u],
        schedule[row + 2u],
        schedule[row + 3u] != 0.0,
        schedule[row + 4u],
        schedule[row + 5u],
        schedule[row + 6u],
        schedule[row + 7u],
        schedule[row + 8u],
        schedule[row + 9u] != 0.0,
        schedule[row + 10u],
        schedule[row + 11u],
        schedule[row + 12u],
    );
}

struct Updated {
    parameter: f32,
    state0: f32,
    state1: f32,
}

fn update_rule(raw: f32, parameter: f32, old0: f32, old1: f32) -> Updated {
    var gradient = raw + rule.l1 * sign(parameter);
    if (RULE != 3u) {
        gradient += rule.weight_decay * parameter;
    }
    if (RULE == 0u) {
        return Updated(parameter - rule.learning_rate * gradient, 0.0, 0.0);
    }
    if (RULE == 1u) {
        let velocity = select(rule.momentum * old0 + rule.take * gradient, gradient, rule.first);
        let direction = select(velocity, gradient + rule.momentum * velocity, rule.nesterov);
        return Updated(parameter - rule.learning_rate * direction, velocity, 0.0);
    }
    if (RULE == 2u || RULE == 3u) {
        let kept = select(parameter, parameter * rule.keep, RULE == 3u);
        let first = old0 + rule.take * (gradient - old0);
        let square = rule.second * old1 + rule.take_square * gradient * gradient;
        let denominator = sqrt(square) / rule.bias_correction2_sqrt + rule.epsilon;
        return Updated(kept - rule.step_size * first / denominator, first, square);
    }
    let square = rule.second * old0 + rule.take_square * gradient * gradient;
    let direction = gradient / (sqrt(square) + rule.epsilon);
    let velocity = select(direction, rule.momentum * old1 + direction, rule.momentum > 0.0);
    return Updated(parameter - rule.learning_rate * velocity, square, select(old1, velocity, rule.momentum > 0.0));
}
