// Shared by all: which workgroup this is, and which thread. Workgroups lie in two directions where they are more than fit into one.
struct Group {
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) all: vec3<u32>,
}

fn group_number(group: Group) -> u32 {
    return group.id.y * group.all.x + group.id.x;
}

// Threads in all, where a workgroup has `size`.
fn threads_of(group: Group, size: u32) -> u32 {
    return group.all.x * group.all.y * size;
}

// The number of a thread among all.
fn thread_number(group: Group, local: u32, size: u32) -> u32 {
    return group_number(group) * size + local;
}
