import Testing

@testable import ModelServer

private func found(_ arguments: String...) -> [String]? {
    SubCommand.find(in: arguments).map { [$0.command.name] + $0.arguments }
}

@Test func firstWordNamesTheCommand() {
    #expect(found("check-config", "--json", "a") == ["check-config", "--json", "a"])
    #expect(found("help") == ["help"])
    #expect(found("--port=8500", "--enable_batching", "check-config", "a") == ["check-config", "a"])
}

@Test func everythingElseIsTheServers() {
    #expect(found() == nil && found("--port=1") == nil && found("serve") == nil && found("8500", "help") == nil)
    #expect(found("--", "help") == nil && found("-help") == nil)
    #expect(found("--model_name", "help") == nil)
}

@Test func namesOfCommandsAreDistinct() {
    #expect(Set(SubCommand.all.map(\.name)).count == SubCommand.all.count)
    for command in SubCommand.all { #expect(command.usage("p").hasPrefix("usage: p \(command.name)")) }
}
