import ServingCore
import Testing

@testable import Servables

/// Everything that goes wrong when `events` happen, stopping at the first one that breaks a promise.
private func problems(_ settings: WorldSettings, _ events: [WorldEvent]) -> [String] {
    var world = ManagerWorld(settings)
    for event in events {
        world.happen(event)
        if !world.problems.isEmpty { return world.problems }
    }
    world.settle()
    world.checkRest()
    if !world.problems.isEmpty { return world.problems.map { "at rest: \($0)" } }
    // Giving everything up leaves nothing behind.
    world.happen(.labels([:]))
    for name in WorldEvent.models { world.happen(.listed(model: name, false)) }
    world.settle()
    let left = world.state.models
    world.check(world.held.isEmpty && left.isEmpty, "something is left: \(left)")
    return world.problems.map { "at the end: \($0)" }
}

/// The fewest of `events`, found by leaving out one stretch after the other, that still break a promise.
private func shrunk(_ settings: WorldSettings, _ events: [WorldEvent]) -> [WorldEvent] {
    var events = events
    var stretch = events.count / 2
    while stretch > 0 {
        var start = 0
        while start < events.count {
            var fewer = events
            fewer.removeSubrange(start..<min(start + stretch, events.count))
            if problems(settings, fewer).isEmpty { start += stretch } else { events = fewer }
        }
        stretch /= 2
    }
    return events
}

@Test(arguments: 0..<600 as Range<UInt64>)
func noSequenceOfEventsBreaksThePromises(seed: UInt64) {
    let settings = WorldSettings(seed: seed)
    var random = SeededRandom(state: seed)
    let events = (0..<250).map { _ in WorldEvent.random(using: &random) }
    guard !problems(settings, events).isEmpty else { return }
    let fewest = shrunk(settings, events)
    let list = fewest.map { "  \($0)" }.joined(separator: "\n")
    Issue.record("seed \(seed), \(settings):\n\(list)\n=> \(problems(settings, fewest).joined(separator: "; "))")
}
