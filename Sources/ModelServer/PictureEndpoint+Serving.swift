import REST
import Servables
import ServingCore
import Services

extension PictureEndpoint {
    /// - Parameter imageModel: the model that `/predict` asks; nil: the only one.
    convenience init(serving context: ServiceContext, imageModel: String?) {
        self.init(context, memoryLimit: PhysicalMemory.byteCount / 4) { [manager = context.manager] () throws(Status) in
            if let imageModel { return imageModel }
            let names = manager.knownNames.filter { manager.isConfigured($0) }
            guard names.count == 1 else {
                let served = names.isEmpty ? "none" : names.joined(separator: ", ")
                throw .failedPrecondition(
                    "\(PictureEndpoint.shortPath) is for one model; the server has \(served), and --image_model says which "
                        + "one is meant")
            }
            return names[0]
        }
    }
}
