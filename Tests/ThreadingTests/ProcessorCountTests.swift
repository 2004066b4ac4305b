import Testing

@testable import Threading

@Suite struct ProcessorCountTests {
    @Test func quotasAreRoundedUpToWholeProcessors() {
        #expect(ProcessorCount.parse(quotaLine: "50000 100000") == 1)
        #expect(ProcessorCount.parse(quotaLine: "200000 100000") == 2)
        #expect(ProcessorCount.parse(quotaLine: "250000 100000") == 3)
        #expect(ProcessorCount.parse(quotaLine: "max 100000") == nil)
        #expect(ProcessorCount.parse(quotaLine: "-1 100000") == nil)
        #expect(ProcessorCount.parse(quotaLine: "garbage") == nil)
    }

    /// A service of systemd has its limit in a group deep below the root, or in one around it.
    @Test func limitsOfAllGroupsAroundTheProcessCount() {
        #expect(
            ProcessorCount.folders(ofGroup: "0::/system.slice/serving.service")
                == [
                    "/sys/fs/cgroup", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/system.slice/serving.service",
                ])
        #expect(
            ProcessorCount.folders(ofGroup: "4:cpu,cpuacct:/docker/a:b")
                == ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu/docker", "/sys/fs/cgroup/cpu/docker/a:b"])
        #expect(ProcessorCount.folders(ofGroup: "0::/") == ["/sys/fs/cgroup"])
        #expect(ProcessorCount.folders(ofGroup: "0::/../up") == ["/sys/fs/cgroup", "/sys/fs/cgroup/up"])
        #expect(ProcessorCount.folders(ofGroup: "3:cpuset,cpuacct:/x") == [])
        #expect(ProcessorCount.folders(ofGroup: "garbage") == [])
    }

    @Test func atLeastOneProcessorIsAvailable() { #expect(ProcessorCount.available >= 1) }
}
