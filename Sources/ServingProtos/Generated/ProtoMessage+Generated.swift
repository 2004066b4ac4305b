// swift-format-ignore-file
// Made by Scripts/generate-protos; change Protos/ instead.

import CProtobufC
import CServingProtos

extension Google__Protobuf__Any: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__any__descriptor_address()
    }
}
extension Google__Protobuf__BoolValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__bool_value__descriptor_address()
    }
}
extension Google__Protobuf__BytesValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__bytes_value__descriptor_address()
    }
}
extension Google__Protobuf__DoubleValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__double_value__descriptor_address()
    }
}
extension Google__Protobuf__FloatValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__float_value__descriptor_address()
    }
}
extension Google__Protobuf__Int32Value: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__int32_value__descriptor_address()
    }
}
extension Google__Protobuf__Int64Value: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__int64_value__descriptor_address()
    }
}
extension Google__Protobuf__StringValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__string_value__descriptor_address()
    }
}
extension Google__Protobuf__UInt32Value: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__uint32_value__descriptor_address()
    }
}
extension Google__Protobuf__UInt64Value: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        google__protobuf__uint64_value__descriptor_address()
    }
}
extension Grpc__Health__V1__HealthCheckRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__health__v1__health_check_request__descriptor_address()
    }
}
extension Grpc__Health__V1__HealthCheckResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__health__v1__health_check_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ErrorResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__error_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ExtensionNumberResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__extension_number_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ExtensionRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__extension_request__descriptor_address()
    }
}
extension Grpc__Reflection__V1__FileDescriptorResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__file_descriptor_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ListServiceResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__list_service_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ServerReflectionRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__server_reflection_request__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ServerReflectionResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__server_reflection_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1__ServiceResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1__service_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ErrorResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__error_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ExtensionNumberResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__extension_number_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ExtensionRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__extension_request__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__FileDescriptorResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__file_descriptor_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ListServiceResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__list_service_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ServerReflectionRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__server_reflection_request__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ServerReflectionResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__server_reflection_response__descriptor_address()
    }
}
extension Grpc__Reflection__V1alpha__ServiceResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        grpc__reflection__v1alpha__service_response__descriptor_address()
    }
}
extension ModelServer__ImageClassifier: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        model_server__image_classifier__descriptor_address()
    }
}
extension Tensorflow__AssetFileDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__asset_file_def__descriptor_address()
    }
}
extension Tensorflow__AttrValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__attr_value__descriptor_address()
    }
}
extension Tensorflow__AttrValue__ListValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__attr_value__list_value__descriptor_address()
    }
}
extension Tensorflow__AutoParallelOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__auto_parallel_options__descriptor_address()
    }
}
extension Tensorflow__BoundedTensorSpecProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__bounded_tensor_spec_proto__descriptor_address()
    }
}
extension Tensorflow__BundleEntryProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__bundle_entry_proto__descriptor_address()
    }
}
extension Tensorflow__BundleHeaderProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__bundle_header_proto__descriptor_address()
    }
}
extension Tensorflow__BytesList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__bytes_list__descriptor_address()
    }
}
extension Tensorflow__CapturedTensor: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__captured_tensor__descriptor_address()
    }
}
extension Tensorflow__ClusterDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__cluster_def__descriptor_address()
    }
}
extension Tensorflow__CollectionDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__descriptor_address()
    }
}
extension Tensorflow__CollectionDef__AnyList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__any_list__descriptor_address()
    }
}
extension Tensorflow__CollectionDef__BytesList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__bytes_list__descriptor_address()
    }
}
extension Tensorflow__CollectionDef__FloatList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__float_list__descriptor_address()
    }
}
extension Tensorflow__CollectionDef__Int64List: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__int64_list__descriptor_address()
    }
}
extension Tensorflow__CollectionDef__NodeList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__collection_def__node_list__descriptor_address()
    }
}
extension Tensorflow__ConfigProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__config_proto__descriptor_address()
    }
}
extension Tensorflow__ConfigProto__DeviceCountEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__config_proto__device_count_entry__descriptor_address()
    }
}
extension Tensorflow__ConfigProto__Experimental: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__config_proto__experimental__descriptor_address()
    }
}
extension Tensorflow__DictValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__dict_value__descriptor_address()
    }
}
extension Tensorflow__DictValue__FieldsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__dict_value__fields_entry__descriptor_address()
    }
}
extension Tensorflow__Example: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__example__descriptor_address()
    }
}
extension Tensorflow__Feature: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__feature__descriptor_address()
    }
}
extension Tensorflow__FeatureList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__feature_list__descriptor_address()
    }
}
extension Tensorflow__FeatureLists: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__feature_lists__descriptor_address()
    }
}
extension Tensorflow__FeatureLists__FeatureListEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__feature_lists__feature_list_entry__descriptor_address()
    }
}
extension Tensorflow__Features: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__features__descriptor_address()
    }
}
extension Tensorflow__Features__FeatureEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__features__feature_entry__descriptor_address()
    }
}
extension Tensorflow__FloatList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__float_list__descriptor_address()
    }
}
extension Tensorflow__FullTypeDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__full_type_def__descriptor_address()
    }
}
extension Tensorflow__FunctionDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__descriptor_address()
    }
}
extension Tensorflow__FunctionDefLibrary: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def_library__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__ArgAttrEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__arg_attr_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__ArgAttrs: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__arg_attrs__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__ArgAttrs__AttrEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__arg_attrs__attr_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__AttrEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__attr_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__ControlRetEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__control_ret_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__ResourceArgUniqueIdEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__resource_arg_unique_id_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionDef__RetEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_def__ret_entry__descriptor_address()
    }
}
extension Tensorflow__FunctionSpec: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__function_spec__descriptor_address()
    }
}
extension Tensorflow__GPUOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__gpuoptions__descriptor_address()
    }
}
extension Tensorflow__GPUOptions__Experimental: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__gpuoptions__experimental__descriptor_address()
    }
}
extension Tensorflow__GPUOptions__Experimental__StreamMergeOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__gpuoptions__experimental__stream_merge_options__descriptor_address()
    }
}
extension Tensorflow__GPUOptions__Experimental__VirtualDevices: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__gpuoptions__experimental__virtual_devices__descriptor_address()
    }
}
extension Tensorflow__GradientDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__gradient_def__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__FileLineCol: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__file_line_col__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__FramesByIdEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__frames_by_id_entry__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__NameToTraceIdEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__name_to_trace_id_entry__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__StackTrace: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__stack_trace__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__TracesByIdEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__traces_by_id_entry__descriptor_address()
    }
}
extension Tensorflow__GraphDebugInfo__TracesEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_debug_info__traces_entry__descriptor_address()
    }
}
extension Tensorflow__GraphDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_def__descriptor_address()
    }
}
extension Tensorflow__GraphOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__graph_options__descriptor_address()
    }
}
extension Tensorflow__Int64List: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__int64_list__descriptor_address()
    }
}
extension Tensorflow__JobDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__job_def__descriptor_address()
    }
}
extension Tensorflow__JobDef__TasksEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__job_def__tasks_entry__descriptor_address()
    }
}
extension Tensorflow__ListValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__list_value__descriptor_address()
    }
}
extension Tensorflow__MetaGraphDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__meta_graph_def__descriptor_address()
    }
}
extension Tensorflow__MetaGraphDef__CollectionDefEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__meta_graph_def__collection_def_entry__descriptor_address()
    }
}
extension Tensorflow__MetaGraphDef__MetaInfoDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__meta_graph_def__meta_info_def__descriptor_address()
    }
}
extension Tensorflow__MetaGraphDef__MetaInfoDef__FunctionAliasesEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__meta_graph_def__meta_info_def__function_aliases_entry__descriptor_address()
    }
}
extension Tensorflow__MetaGraphDef__SignatureDefEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__meta_graph_def__signature_def_entry__descriptor_address()
    }
}
extension Tensorflow__MonitorRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__monitor_request__descriptor_address()
    }
}
extension Tensorflow__MonitorResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__monitor_response__descriptor_address()
    }
}
extension Tensorflow__NameAttrList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__name_attr_list__descriptor_address()
    }
}
extension Tensorflow__NameAttrList__AttrEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__name_attr_list__attr_entry__descriptor_address()
    }
}
extension Tensorflow__NamedTensorProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__named_tensor_proto__descriptor_address()
    }
}
extension Tensorflow__NamedTupleValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__named_tuple_value__descriptor_address()
    }
}
extension Tensorflow__NodeDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__node_def__descriptor_address()
    }
}
extension Tensorflow__NodeDef__AttrEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__node_def__attr_entry__descriptor_address()
    }
}
extension Tensorflow__NodeDef__ExperimentalDebugInfo: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__node_def__experimental_debug_info__descriptor_address()
    }
}
extension Tensorflow__NoneValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__none_value__descriptor_address()
    }
}
extension Tensorflow__OpDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__op_def__descriptor_address()
    }
}
extension Tensorflow__OpDef__ArgDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__op_def__arg_def__descriptor_address()
    }
}
extension Tensorflow__OpDef__AttrDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__op_def__attr_def__descriptor_address()
    }
}
extension Tensorflow__OpDeprecation: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__op_deprecation__descriptor_address()
    }
}
extension Tensorflow__OpList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__op_list__descriptor_address()
    }
}
extension Tensorflow__OptimizerOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__optimizer_options__descriptor_address()
    }
}
extension Tensorflow__PairValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__pair_value__descriptor_address()
    }
}
extension Tensorflow__ProfileOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_options__descriptor_address()
    }
}
extension Tensorflow__ProfileOptions__AdvancedConfigValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_options__advanced_config_value__descriptor_address()
    }
}
extension Tensorflow__ProfileOptions__AdvancedConfigurationEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_options__advanced_configuration_entry__descriptor_address()
    }
}
extension Tensorflow__ProfileOptions__TraceOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_options__trace_options__descriptor_address()
    }
}
extension Tensorflow__ProfileRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_request__descriptor_address()
    }
}
extension Tensorflow__ProfileRequest__ToolOptionsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_request__tool_options_entry__descriptor_address()
    }
}
extension Tensorflow__ProfileResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_response__descriptor_address()
    }
}
extension Tensorflow__ProfileToolData: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profile_tool_data__descriptor_address()
    }
}
extension Tensorflow__ProfilerServiceMonitorResult: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler_service_monitor_result__descriptor_address()
    }
}
extension Tensorflow__Profiler__XEvent: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xevent__descriptor_address()
    }
}
extension Tensorflow__Profiler__XEventMetadata: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xevent_metadata__descriptor_address()
    }
}
extension Tensorflow__Profiler__XLine: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xline__descriptor_address()
    }
}
extension Tensorflow__Profiler__XPlane: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xplane__descriptor_address()
    }
}
extension Tensorflow__Profiler__XPlane__EventMetadataEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xplane__event_metadata_entry__descriptor_address()
    }
}
extension Tensorflow__Profiler__XPlane__StatMetadataEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xplane__stat_metadata_entry__descriptor_address()
    }
}
extension Tensorflow__Profiler__XSpace: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xspace__descriptor_address()
    }
}
extension Tensorflow__Profiler__XStat: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xstat__descriptor_address()
    }
}
extension Tensorflow__Profiler__XStatMetadata: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__profiler__xstat_metadata__descriptor_address()
    }
}
extension Tensorflow__RegisteredGradient: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__registered_gradient__descriptor_address()
    }
}
extension Tensorflow__RegisteredSaver: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__registered_saver__descriptor_address()
    }
}
extension Tensorflow__ResourceHandleProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__resource_handle_proto__descriptor_address()
    }
}
extension Tensorflow__ResourceHandleProto__DtypeAndShape: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__resource_handle_proto__dtype_and_shape__descriptor_address()
    }
}
extension Tensorflow__RewriterConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__rewriter_config__descriptor_address()
    }
}
extension Tensorflow__RewriterConfig__CustomGraphOptimizer: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__rewriter_config__custom_graph_optimizer__descriptor_address()
    }
}
extension Tensorflow__RewriterConfig__CustomGraphOptimizer__ParameterMapEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__rewriter_config__custom_graph_optimizer__parameter_map_entry__descriptor_address()
    }
}
extension Tensorflow__RunMetadata: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__run_metadata__descriptor_address()
    }
}
extension Tensorflow__RunMetadata__FunctionGraphs: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__run_metadata__function_graphs__descriptor_address()
    }
}
extension Tensorflow__RunOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__run_options__descriptor_address()
    }
}
extension Tensorflow__RunOptions__Experimental: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__run_options__experimental__descriptor_address()
    }
}
extension Tensorflow__RunOptions__Experimental__RunHandlerPoolOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__run_options__experimental__run_handler_pool_options__descriptor_address()
    }
}
extension Tensorflow__SaveSliceInfoDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__save_slice_info_def__descriptor_address()
    }
}
extension Tensorflow__SaveableObject: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saveable_object__descriptor_address()
    }
}
extension Tensorflow__SavedAsset: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_asset__descriptor_address()
    }
}
extension Tensorflow__SavedBareConcreteFunction: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_bare_concrete_function__descriptor_address()
    }
}
extension Tensorflow__SavedConcreteFunction: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_concrete_function__descriptor_address()
    }
}
extension Tensorflow__SavedConstant: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_constant__descriptor_address()
    }
}
extension Tensorflow__SavedFunction: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_function__descriptor_address()
    }
}
extension Tensorflow__SavedModel: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_model__descriptor_address()
    }
}
extension Tensorflow__SavedObject: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_object__descriptor_address()
    }
}
extension Tensorflow__SavedObjectGraph: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_object_graph__descriptor_address()
    }
}
extension Tensorflow__SavedObjectGraph__ConcreteFunctionsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_object_graph__concrete_functions_entry__descriptor_address()
    }
}
extension Tensorflow__SavedObject__SaveableObjectsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_object__saveable_objects_entry__descriptor_address()
    }
}
extension Tensorflow__SavedResource: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_resource__descriptor_address()
    }
}
extension Tensorflow__SavedUserObject: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_user_object__descriptor_address()
    }
}
extension Tensorflow__SavedVariable: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saved_variable__descriptor_address()
    }
}
extension Tensorflow__SaverDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__saver_def__descriptor_address()
    }
}
extension Tensorflow__ScopedAllocatorOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__scoped_allocator_options__descriptor_address()
    }
}
extension Tensorflow__SequenceExample: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__sequence_example__descriptor_address()
    }
}
extension Tensorflow__SerializedDType: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serialized_dtype__descriptor_address()
    }
}
extension Tensorflow__Serving__BatchingParameters: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__batching_parameters__descriptor_address()
    }
}
extension Tensorflow__Serving__Class: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__class__descriptor_address()
    }
}
extension Tensorflow__Serving__ClassificationRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__classification_request__descriptor_address()
    }
}
extension Tensorflow__Serving__ClassificationResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__classification_response__descriptor_address()
    }
}
extension Tensorflow__Serving__ClassificationResult: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__classification_result__descriptor_address()
    }
}
extension Tensorflow__Serving__Classifications: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__classifications__descriptor_address()
    }
}
extension Tensorflow__Serving__ClassifyLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__classify_log__descriptor_address()
    }
}
extension Tensorflow__Serving__ExampleList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__example_list__descriptor_address()
    }
}
extension Tensorflow__Serving__ExampleListWithContext: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__example_list_with_context__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableToMonitor: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__servable_to_monitor__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableVersionPolicy: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableVersionPolicy__All: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__all__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableVersionPolicy__Latest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__latest__descriptor_address()
    }
}
extension Tensorflow__Serving__FileSystemStoragePathSourceConfig__ServableVersionPolicy__Specific: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__specific__descriptor_address()
    }
}
extension Tensorflow__Serving__GetModelMetadataRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__get_model_metadata_request__descriptor_address()
    }
}
extension Tensorflow__Serving__GetModelMetadataResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__get_model_metadata_response__descriptor_address()
    }
}
extension Tensorflow__Serving__GetModelMetadataResponse__MetadataEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__get_model_metadata_response__metadata_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__GetModelStatusRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__get_model_status_request__descriptor_address()
    }
}
extension Tensorflow__Serving__GetModelStatusResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__get_model_status_response__descriptor_address()
    }
}
extension Tensorflow__Serving__InferenceResult: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__inference_result__descriptor_address()
    }
}
extension Tensorflow__Serving__InferenceTask: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__inference_task__descriptor_address()
    }
}
extension Tensorflow__Serving__Input: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__input__descriptor_address()
    }
}
extension Tensorflow__Serving__LogCollectorConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__log_collector_config__descriptor_address()
    }
}
extension Tensorflow__Serving__LogMetadata: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__log_metadata__descriptor_address()
    }
}
extension Tensorflow__Serving__LoggingConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__logging_config__descriptor_address()
    }
}
extension Tensorflow__Serving__Metric: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__metric__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_config__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelConfigList: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_config_list__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelConfig__VersionLabelsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_config__version_labels_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelServerConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_server_config__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelSpec: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_spec__descriptor_address()
    }
}
extension Tensorflow__Serving__ModelVersionStatus: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__model_version_status__descriptor_address()
    }
}
extension Tensorflow__Serving__MonitoringConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__monitoring_config__descriptor_address()
    }
}
extension Tensorflow__Serving__MultiInferenceLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__multi_inference_log__descriptor_address()
    }
}
extension Tensorflow__Serving__MultiInferenceRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__multi_inference_request__descriptor_address()
    }
}
extension Tensorflow__Serving__MultiInferenceResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__multi_inference_response__descriptor_address()
    }
}
extension Tensorflow__Serving__PerTaskSamplingConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__per_task_sampling_config__descriptor_address()
    }
}
extension Tensorflow__Serving__PlatformConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__platform_config__descriptor_address()
    }
}
extension Tensorflow__Serving__PlatformConfigMap: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__platform_config_map__descriptor_address()
    }
}
extension Tensorflow__Serving__PlatformConfigMap__PlatformConfigsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__platform_config_map__platform_configs_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_log__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_request__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictRequest__InputsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_request__inputs_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictRequest__RequestOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_request__request_options__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictRequest__RequestOptions__Handshake: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_request__request_options__handshake__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_response__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictResponse__OutputsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_response__outputs_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictStreamedLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_streamed_log__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictStreamedOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_streamed_options__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictStreamedOptions__SplitDimensionsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__predict_streamed_options__split_dimensions_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__PredictionLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__prediction_log__descriptor_address()
    }
}
extension Tensorflow__Serving__PrometheusConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__prometheus_config__descriptor_address()
    }
}
extension Tensorflow__Serving__RegressLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__regress_log__descriptor_address()
    }
}
extension Tensorflow__Serving__Regression: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__regression__descriptor_address()
    }
}
extension Tensorflow__Serving__RegressionRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__regression_request__descriptor_address()
    }
}
extension Tensorflow__Serving__RegressionResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__regression_response__descriptor_address()
    }
}
extension Tensorflow__Serving__RegressionResult: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__regression_result__descriptor_address()
    }
}
extension Tensorflow__Serving__ReloadConfigRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__reload_config_request__descriptor_address()
    }
}
extension Tensorflow__Serving__ReloadConfigResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__reload_config_response__descriptor_address()
    }
}
extension Tensorflow__Serving__SSLConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__sslconfig__descriptor_address()
    }
}
extension Tensorflow__Serving__SamplingConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__sampling_config__descriptor_address()
    }
}
extension Tensorflow__Serving__SessionBundleConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__session_bundle_config__descriptor_address()
    }
}
extension Tensorflow__Serving__SessionRunLog: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__session_run_log__descriptor_address()
    }
}
extension Tensorflow__Serving__SessionRunRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__session_run_request__descriptor_address()
    }
}
extension Tensorflow__Serving__SessionRunResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__session_run_response__descriptor_address()
    }
}
extension Tensorflow__Serving__SignatureDefMap: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__signature_def_map__descriptor_address()
    }
}
extension Tensorflow__Serving__SignatureDefMap__SignatureDefEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__signature_def_map__signature_def_entry__descriptor_address()
    }
}
extension Tensorflow__Serving__StatusProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__serving__status_proto__descriptor_address()
    }
}
extension Tensorflow__SessionMetadata: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__session_metadata__descriptor_address()
    }
}
extension Tensorflow__SignatureDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__signature_def__descriptor_address()
    }
}
extension Tensorflow__SignatureDef__DefaultsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__signature_def__defaults_entry__descriptor_address()
    }
}
extension Tensorflow__SignatureDef__InputsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__signature_def__inputs_entry__descriptor_address()
    }
}
extension Tensorflow__SignatureDef__OutputsEntry: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__signature_def__outputs_entry__descriptor_address()
    }
}
extension Tensorflow__StructuredValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__structured_value__descriptor_address()
    }
}
extension Tensorflow__TensorInfo: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_info__descriptor_address()
    }
}
extension Tensorflow__TensorInfo__CompositeTensor: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_info__composite_tensor__descriptor_address()
    }
}
extension Tensorflow__TensorInfo__CooSparse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_info__coo_sparse__descriptor_address()
    }
}
extension Tensorflow__TensorProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_proto__descriptor_address()
    }
}
extension Tensorflow__TensorShapeProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_shape_proto__descriptor_address()
    }
}
extension Tensorflow__TensorShapeProto__Dim: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_shape_proto__dim__descriptor_address()
    }
}
extension Tensorflow__TensorSliceProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_slice_proto__descriptor_address()
    }
}
extension Tensorflow__TensorSliceProto__Extent: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_slice_proto__extent__descriptor_address()
    }
}
extension Tensorflow__TensorSpecProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tensor_spec_proto__descriptor_address()
    }
}
extension Tensorflow__TerminateRequest: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__terminate_request__descriptor_address()
    }
}
extension Tensorflow__TerminateResponse: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__terminate_response__descriptor_address()
    }
}
extension Tensorflow__ThreadPoolOptionProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__thread_pool_option_proto__descriptor_address()
    }
}
extension Tensorflow__ToolRequestOptions: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tool_request_options__descriptor_address()
    }
}
extension Tensorflow__TrackableObjectGraph: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__trackable_object_graph__descriptor_address()
    }
}
extension Tensorflow__TrackableObjectGraph__TrackableObject: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__trackable_object_graph__trackable_object__descriptor_address()
    }
}
extension Tensorflow__TrackableObjectGraph__TrackableObject__ObjectReference: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__trackable_object_graph__trackable_object__object_reference__descriptor_address()
    }
}
extension Tensorflow__TrackableObjectGraph__TrackableObject__SerializedTensor: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__trackable_object_graph__trackable_object__serialized_tensor__descriptor_address()
    }
}
extension Tensorflow__TrackableObjectGraph__TrackableObject__SlotVariableReference: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__trackable_object_graph__trackable_object__slot_variable_reference__descriptor_address()
    }
}
extension Tensorflow__TupleValue: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__tuple_value__descriptor_address()
    }
}
extension Tensorflow__TypeSpecProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__type_spec_proto__descriptor_address()
    }
}
extension Tensorflow__VariableDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__variable_def__descriptor_address()
    }
}
extension Tensorflow__VariantTensorDataProto: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__variant_tensor_data_proto__descriptor_address()
    }
}
extension Tensorflow__VerifierConfig: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__verifier_config__descriptor_address()
    }
}
extension Tensorflow__VersionDef: ProtoMessage {
    public static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        tensorflow__version_def__descriptor_address()
    }
}
