// Shared: one optimizer step on one element. The rule's numbers come from the step's row of the schedule, laid out as `UpdateRow`.
// RULE: 0 SGD, 1 SGD with momentum, 2 Adam, 3 AdamW, 4 RMSprop.
override RULE: u32 = 0u;

@group(0) @binding(21) var<storage, read> schedule: array<f32>;

struct Updated {
    parameter: f32,
    state0: f32,
    state1: f32,
}

fn update_rule(raw: f32, parameter: f32, old0: f32, old1: f32) -> Updated {
    let row = chunk_row() * 16u;
    let learning_rate = schedule[row];
    let momentum = schedule[row + 1u];
    let second = schedule[row + 2u];
    let epsilon = schedule[row + 6u];
    let take = schedule[row + 10u];
    let take_square = schedule[row + 11u];
    var gradient = raw + schedule[row + 5u] * sign(parameter);
    if (RULE != 3u) {
        gradient += schedule[row + 4u] * parameter;
    }
    if (RULE == 0u) {
        return Updated(parameter - learning_rate * gradient, 0.0, 0.0);
    }
    if (RULE == 1u) {
        let velocity = select(momentum * old0 + take * gradient, gradient, schedule[row + 9u] != 0.0);
        let direction = select(velocity, gradient + momentum * velocity, schedule[row + 3u] != 0.0);
        return Updated(parameter - learning_rate * direction, velocity, 0.0);
    }
    if (RULE == 2u || RULE == 3u) {
        let kept = select(parameter, parameter * schedule[row + 12u], RULE == 3u);
        let first = old0 + take * (gradient - old0);
        let square = second * old1 + take_square * gradient * gradient;
        let denominator = sqrt(square) / schedule[row + 8u] + epsilon;
        return Updated(kept - schedule[row + 7u] * first / denominator, first, square);
    }
    let square = second * old0 + take_square * gradient * gradient;
    let direction = gradient / (sqrt(square) + epsilon);
    let velocity = select(direction, momentum * old1 + direction, momentum > 0.0);
    return Updated(parameter - learning_rate * velocity, square, select(old1, velocity, momentum > 0.0));
}
