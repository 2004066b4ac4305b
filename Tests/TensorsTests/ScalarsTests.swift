import Tensors
import Testing

@Suite struct ScalarsTests {
    @Test func halfRoundsToNearestEven() {
        #expect(Half(1).bits == 0x3c00)
        #expect(Half(-2).bits == 0xc000)
        #expect(Half(65504).bits == 0x7bff)
        #expect(Half(65519).bits == 0x7bff)
        #expect(Half(65520).bits == 0x7c00)
        #expect(Half(1 + 0x1p-11).bits == 0x3c00)
        #expect(Half(1 + 3 * 0x1p-11).bits == 0x3c02)
        #expect(Half(0x1p-24).bits == 1)
        #expect(Half(0x1p-25).bits == 0)
        #expect(Half(.infinity).bits == 0x7c00)
        #expect(Half(.nan).floatValue.isNaN)
    }

    @Test func everyHalfSurvivesTheWayThroughFloat() {
        let changed = (UInt16.min...UInt16.max).filter { bits in
            let value = Half(bits: bits).floatValue
            return !value.isNaN && Half(value).bits != bits
        }
        #expect(changed.isEmpty)
    }

    @Test func bfloat16RoundsToNearestEven() {
        #expect(BFloat16(1).bits == 0x3f80)
        #expect(BFloat16(Float(bitPattern: 0x3f80_8000)).bits == 0x3f80)
        #expect(BFloat16(Float(bitPattern: 0x3f81_8000)).bits == 0x3f82)
        #expect(BFloat16(.nan).floatValue.isNaN)
        #expect(BFloat16(-.infinity).floatValue == -.infinity)
    }
}
