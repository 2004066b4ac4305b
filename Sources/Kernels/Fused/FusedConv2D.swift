import Graphs
import ServingCore

/// `Conv2D` of `Float` elements with an epilogue.
let fusedConvolutionOps: [OpDefinition] = [
    OpDefinition(
        "FusedConv2D", infer: { (facts) throws(Status) in try OpRegistry.standard["Conv2D"]!.infer(facts) },
        makeKernel: { (construction) throws(Status) in
            let epilogue = try Epilogue(construction.attributes, inputs: 2)
            return try PackedConvolutionKernel.make(
                construction, epilogue,
                else: EpilogueKernel(try makeGeneralConvolution(construction, spatialRank: 2), epilogue))
        })
]
