// Made by Scripts/generate-protos; change Protos/ instead.
#ifndef CSERVINGPROTOS_H
#define CSERVINGPROTOS_H

// Through the module CProtobufC, so that its types are the same ones in both modules.
#include "../../CProtobufC/shim.h"

#include "file_descriptors.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "grpc/reflection/v1alpha/reflection.pb-c.h"
#include "model_server/image_classifier.pb-c.h"
#include "tensorflow/core/example/example.pb-c.h"
#include "tensorflow/core/example/feature.pb-c.h"
#include "tensorflow/core/framework/attr_value.pb-c.h"
#include "tensorflow/core/framework/full_type.pb-c.h"
#include "tensorflow/core/framework/function.pb-c.h"
#include "tensorflow/core/framework/graph.pb-c.h"
#include "tensorflow/core/framework/graph_debug_info.pb-c.h"
#include "tensorflow/core/framework/node_def.pb-c.h"
#include "tensorflow/core/framework/op_def.pb-c.h"
#include "tensorflow/core/framework/resource_handle.pb-c.h"
#include "tensorflow/core/framework/tensor.pb-c.h"
#include "tensorflow/core/framework/tensor_shape.pb-c.h"
#include "tensorflow/core/framework/tensor_slice.pb-c.h"
#include "tensorflow/core/framework/types.pb-c.h"
#include "tensorflow/core/framework/variable.pb-c.h"
#include "tensorflow/core/framework/versions.pb-c.h"
#include "tensorflow/core/protobuf/cluster.pb-c.h"
#include "tensorflow/core/protobuf/config.pb-c.h"
#include "tensorflow/core/protobuf/error_codes.pb-c.h"
#include "tensorflow/core/protobuf/meta_graph.pb-c.h"
#include "tensorflow/core/protobuf/named_tensor.pb-c.h"
#include "tensorflow/core/protobuf/rewriter_config.pb-c.h"
#include "tensorflow/core/protobuf/saved_model.pb-c.h"
#include "tensorflow/core/protobuf/saved_object_graph.pb-c.h"
#include "tensorflow/core/protobuf/saver.pb-c.h"
#include "tensorflow/core/protobuf/struct.pb-c.h"
#include "tensorflow/core/protobuf/tensor_bundle.pb-c.h"
#include "tensorflow/core/protobuf/trackable_object_graph.pb-c.h"
#include "tensorflow/core/protobuf/verifier_config.pb-c.h"
#include "tensorflow_serving/apis/classification.pb-c.h"
#include "tensorflow_serving/apis/get_model_metadata.pb-c.h"
#include "tensorflow_serving/apis/get_model_status.pb-c.h"
#include "tensorflow_serving/apis/inference.pb-c.h"
#include "tensorflow_serving/apis/input.pb-c.h"
#include "tensorflow_serving/apis/logging.pb-c.h"
#include "tensorflow_serving/apis/model.pb-c.h"
#include "tensorflow_serving/apis/model_management.pb-c.h"
#include "tensorflow_serving/apis/model_service.pb-c.h"
#include "tensorflow_serving/apis/predict.pb-c.h"
#include "tensorflow_serving/apis/prediction_log.pb-c.h"
#include "tensorflow_serving/apis/prediction_service.pb-c.h"
#include "tensorflow_serving/apis/regression.pb-c.h"
#include "tensorflow_serving/apis/session_service.pb-c.h"
#include "tensorflow_serving/apis/status.pb-c.h"
#include "tensorflow_serving/config/file_system_storage_path_source.pb-c.h"
#include "tensorflow_serving/config/log_collector_config.pb-c.h"
#include "tensorflow_serving/config/logging_config.pb-c.h"
#include "tensorflow_serving/config/model_server_config.pb-c.h"
#include "tensorflow_serving/config/monitoring_config.pb-c.h"
#include "tensorflow_serving/config/platform_config.pb-c.h"
#include "tensorflow_serving/config/ssl_config.pb-c.h"
#include "tensorflow_serving/servables/tensorflow/session_bundle_config.pb-c.h"
#include "tsl/profiler/protobuf/profiler_options.pb-c.h"
#include "tsl/profiler/protobuf/profiler_service.pb-c.h"
#include "tsl/profiler/protobuf/profiler_service_monitor_result.pb-c.h"
#include "tsl/profiler/protobuf/xplane.pb-c.h"

// Every message descriptor, and how many there are.
extern const ProtobufCMessageDescriptor *const cservingprotos_descriptors[];
extern const size_t cservingprotos_descriptor_count;

static inline const ProtobufCMessageDescriptor *cservingprotos_descriptor_at(size_t index) {
    return index < cservingprotos_descriptor_count ? cservingprotos_descriptors[index] : NULL;
}

// The address of each descriptor: Swift copies an imported constant instead of taking its address.
static inline const ProtobufCMessageDescriptor *google__protobuf__any__descriptor_address(void) {
    return &google__protobuf__any__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__bool_value__descriptor_address(void) {
    return &google__protobuf__bool_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__bytes_value__descriptor_address(void) {
    return &google__protobuf__bytes_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__double_value__descriptor_address(void) {
    return &google__protobuf__double_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__float_value__descriptor_address(void) {
    return &google__protobuf__float_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__int32_value__descriptor_address(void) {
    return &google__protobuf__int32_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__int64_value__descriptor_address(void) {
    return &google__protobuf__int64_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__string_value__descriptor_address(void) {
    return &google__protobuf__string_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__uint32_value__descriptor_address(void) {
    return &google__protobuf__uint32_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *google__protobuf__uint64_value__descriptor_address(void) {
    return &google__protobuf__uint64_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__health__v1__health_check_request__descriptor_address(void) {
    return &grpc__health__v1__health_check_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__health__v1__health_check_response__descriptor_address(void) {
    return &grpc__health__v1__health_check_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__error_response__descriptor_address(void) {
    return &grpc__reflection__v1__error_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__extension_number_response__descriptor_address(void) {
    return &grpc__reflection__v1__extension_number_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__extension_request__descriptor_address(void) {
    return &grpc__reflection__v1__extension_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__file_descriptor_response__descriptor_address(void) {
    return &grpc__reflection__v1__file_descriptor_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__list_service_response__descriptor_address(void) {
    return &grpc__reflection__v1__list_service_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__server_reflection_request__descriptor_address(void) {
    return &grpc__reflection__v1__server_reflection_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__server_reflection_response__descriptor_address(void) {
    return &grpc__reflection__v1__server_reflection_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1__service_response__descriptor_address(void) {
    return &grpc__reflection__v1__service_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__error_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__error_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__extension_number_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__extension_number_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__extension_request__descriptor_address(void) {
    return &grpc__reflection__v1alpha__extension_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__file_descriptor_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__file_descriptor_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__list_service_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__list_service_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__server_reflection_request__descriptor_address(void) {
    return &grpc__reflection__v1alpha__server_reflection_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__server_reflection_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__server_reflection_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *grpc__reflection__v1alpha__service_response__descriptor_address(void) {
    return &grpc__reflection__v1alpha__service_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *model_server__image_classifier__descriptor_address(void) {
    return &model_server__image_classifier__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__asset_file_def__descriptor_address(void) {
    return &tensorflow__asset_file_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__attr_value__descriptor_address(void) {
    return &tensorflow__attr_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__attr_value__list_value__descriptor_address(void) {
    return &tensorflow__attr_value__list_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__auto_parallel_options__descriptor_address(void) {
    return &tensorflow__auto_parallel_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__bounded_tensor_spec_proto__descriptor_address(void) {
    return &tensorflow__bounded_tensor_spec_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__bundle_entry_proto__descriptor_address(void) {
    return &tensorflow__bundle_entry_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__bundle_header_proto__descriptor_address(void) {
    return &tensorflow__bundle_header_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__bytes_list__descriptor_address(void) {
    return &tensorflow__bytes_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__captured_tensor__descriptor_address(void) {
    return &tensorflow__captured_tensor__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__cluster_def__descriptor_address(void) {
    return &tensorflow__cluster_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__descriptor_address(void) {
    return &tensorflow__collection_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__any_list__descriptor_address(void) {
    return &tensorflow__collection_def__any_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__bytes_list__descriptor_address(void) {
    return &tensorflow__collection_def__bytes_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__float_list__descriptor_address(void) {
    return &tensorflow__collection_def__float_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__int64_list__descriptor_address(void) {
    return &tensorflow__collection_def__int64_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__collection_def__node_list__descriptor_address(void) {
    return &tensorflow__collection_def__node_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__config_proto__descriptor_address(void) {
    return &tensorflow__config_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__config_proto__device_count_entry__descriptor_address(void) {
    return &tensorflow__config_proto__device_count_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__config_proto__experimental__descriptor_address(void) {
    return &tensorflow__config_proto__experimental__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__dict_value__descriptor_address(void) {
    return &tensorflow__dict_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__dict_value__fields_entry__descriptor_address(void) {
    return &tensorflow__dict_value__fields_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__example__descriptor_address(void) {
    return &tensorflow__example__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__feature__descriptor_address(void) {
    return &tensorflow__feature__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__feature_list__descriptor_address(void) {
    return &tensorflow__feature_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__feature_lists__descriptor_address(void) {
    return &tensorflow__feature_lists__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__feature_lists__feature_list_entry__descriptor_address(void) {
    return &tensorflow__feature_lists__feature_list_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__features__descriptor_address(void) {
    return &tensorflow__features__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__features__feature_entry__descriptor_address(void) {
    return &tensorflow__features__feature_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__float_list__descriptor_address(void) {
    return &tensorflow__float_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__full_type_def__descriptor_address(void) {
    return &tensorflow__full_type_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__descriptor_address(void) {
    return &tensorflow__function_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def_library__descriptor_address(void) {
    return &tensorflow__function_def_library__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__arg_attr_entry__descriptor_address(void) {
    return &tensorflow__function_def__arg_attr_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__arg_attrs__descriptor_address(void) {
    return &tensorflow__function_def__arg_attrs__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__arg_attrs__attr_entry__descriptor_address(void) {
    return &tensorflow__function_def__arg_attrs__attr_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__attr_entry__descriptor_address(void) {
    return &tensorflow__function_def__attr_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__control_ret_entry__descriptor_address(void) {
    return &tensorflow__function_def__control_ret_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__resource_arg_unique_id_entry__descriptor_address(void) {
    return &tensorflow__function_def__resource_arg_unique_id_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_def__ret_entry__descriptor_address(void) {
    return &tensorflow__function_def__ret_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__function_spec__descriptor_address(void) {
    return &tensorflow__function_spec__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__gpuoptions__descriptor_address(void) {
    return &tensorflow__gpuoptions__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__gpuoptions__experimental__descriptor_address(void) {
    return &tensorflow__gpuoptions__experimental__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__gpuoptions__experimental__stream_merge_options__descriptor_address(void) {
    return &tensorflow__gpuoptions__experimental__stream_merge_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__gpuoptions__experimental__virtual_devices__descriptor_address(void) {
    return &tensorflow__gpuoptions__experimental__virtual_devices__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__gradient_def__descriptor_address(void) {
    return &tensorflow__gradient_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__descriptor_address(void) {
    return &tensorflow__graph_debug_info__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__file_line_col__descriptor_address(void) {
    return &tensorflow__graph_debug_info__file_line_col__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__frames_by_id_entry__descriptor_address(void) {
    return &tensorflow__graph_debug_info__frames_by_id_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__name_to_trace_id_entry__descriptor_address(void) {
    return &tensorflow__graph_debug_info__name_to_trace_id_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__stack_trace__descriptor_address(void) {
    return &tensorflow__graph_debug_info__stack_trace__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__traces_by_id_entry__descriptor_address(void) {
    return &tensorflow__graph_debug_info__traces_by_id_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_debug_info__traces_entry__descriptor_address(void) {
    return &tensorflow__graph_debug_info__traces_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_def__descriptor_address(void) {
    return &tensorflow__graph_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__graph_options__descriptor_address(void) {
    return &tensorflow__graph_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__int64_list__descriptor_address(void) {
    return &tensorflow__int64_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__job_def__descriptor_address(void) {
    return &tensorflow__job_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__job_def__tasks_entry__descriptor_address(void) {
    return &tensorflow__job_def__tasks_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__list_value__descriptor_address(void) {
    return &tensorflow__list_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__meta_graph_def__descriptor_address(void) {
    return &tensorflow__meta_graph_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__meta_graph_def__collection_def_entry__descriptor_address(void) {
    return &tensorflow__meta_graph_def__collection_def_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__meta_graph_def__meta_info_def__descriptor_address(void) {
    return &tensorflow__meta_graph_def__meta_info_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__meta_graph_def__meta_info_def__function_aliases_entry__descriptor_address(void) {
    return &tensorflow__meta_graph_def__meta_info_def__function_aliases_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__meta_graph_def__signature_def_entry__descriptor_address(void) {
    return &tensorflow__meta_graph_def__signature_def_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__monitor_request__descriptor_address(void) {
    return &tensorflow__monitor_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__monitor_response__descriptor_address(void) {
    return &tensorflow__monitor_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__name_attr_list__descriptor_address(void) {
    return &tensorflow__name_attr_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__name_attr_list__attr_entry__descriptor_address(void) {
    return &tensorflow__name_attr_list__attr_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__named_tensor_proto__descriptor_address(void) {
    return &tensorflow__named_tensor_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__named_tuple_value__descriptor_address(void) {
    return &tensorflow__named_tuple_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__node_def__descriptor_address(void) {
    return &tensorflow__node_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__node_def__attr_entry__descriptor_address(void) {
    return &tensorflow__node_def__attr_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__node_def__experimental_debug_info__descriptor_address(void) {
    return &tensorflow__node_def__experimental_debug_info__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__none_value__descriptor_address(void) {
    return &tensorflow__none_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__op_def__descriptor_address(void) {
    return &tensorflow__op_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__op_def__arg_def__descriptor_address(void) {
    return &tensorflow__op_def__arg_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__op_def__attr_def__descriptor_address(void) {
    return &tensorflow__op_def__attr_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__op_deprecation__descriptor_address(void) {
    return &tensorflow__op_deprecation__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__op_list__descriptor_address(void) {
    return &tensorflow__op_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__optimizer_options__descriptor_address(void) {
    return &tensorflow__optimizer_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__pair_value__descriptor_address(void) {
    return &tensorflow__pair_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_options__descriptor_address(void) {
    return &tensorflow__profile_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_options__advanced_config_value__descriptor_address(void) {
    return &tensorflow__profile_options__advanced_config_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_options__advanced_configuration_entry__descriptor_address(void) {
    return &tensorflow__profile_options__advanced_configuration_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_options__trace_options__descriptor_address(void) {
    return &tensorflow__profile_options__trace_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_request__descriptor_address(void) {
    return &tensorflow__profile_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_request__tool_options_entry__descriptor_address(void) {
    return &tensorflow__profile_request__tool_options_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_response__descriptor_address(void) {
    return &tensorflow__profile_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profile_tool_data__descriptor_address(void) {
    return &tensorflow__profile_tool_data__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler_service_monitor_result__descriptor_address(void) {
    return &tensorflow__profiler_service_monitor_result__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xevent__descriptor_address(void) {
    return &tensorflow__profiler__xevent__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xevent_metadata__descriptor_address(void) {
    return &tensorflow__profiler__xevent_metadata__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xline__descriptor_address(void) {
    return &tensorflow__profiler__xline__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xplane__descriptor_address(void) {
    return &tensorflow__profiler__xplane__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xplane__event_metadata_entry__descriptor_address(void) {
    return &tensorflow__profiler__xplane__event_metadata_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xplane__stat_metadata_entry__descriptor_address(void) {
    return &tensorflow__profiler__xplane__stat_metadata_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xspace__descriptor_address(void) {
    return &tensorflow__profiler__xspace__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xstat__descriptor_address(void) {
    return &tensorflow__profiler__xstat__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__profiler__xstat_metadata__descriptor_address(void) {
    return &tensorflow__profiler__xstat_metadata__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__registered_gradient__descriptor_address(void) {
    return &tensorflow__registered_gradient__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__registered_saver__descriptor_address(void) {
    return &tensorflow__registered_saver__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__resource_handle_proto__descriptor_address(void) {
    return &tensorflow__resource_handle_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__resource_handle_proto__dtype_and_shape__descriptor_address(void) {
    return &tensorflow__resource_handle_proto__dtype_and_shape__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__rewriter_config__descriptor_address(void) {
    return &tensorflow__rewriter_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__rewriter_config__custom_graph_optimizer__descriptor_address(void) {
    return &tensorflow__rewriter_config__custom_graph_optimizer__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__rewriter_config__custom_graph_optimizer__parameter_map_entry__descriptor_address(void) {
    return &tensorflow__rewriter_config__custom_graph_optimizer__parameter_map_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__run_metadata__descriptor_address(void) {
    return &tensorflow__run_metadata__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__run_metadata__function_graphs__descriptor_address(void) {
    return &tensorflow__run_metadata__function_graphs__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__run_options__descriptor_address(void) {
    return &tensorflow__run_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__run_options__experimental__descriptor_address(void) {
    return &tensorflow__run_options__experimental__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__run_options__experimental__run_handler_pool_options__descriptor_address(void) {
    return &tensorflow__run_options__experimental__run_handler_pool_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__save_slice_info_def__descriptor_address(void) {
    return &tensorflow__save_slice_info_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saveable_object__descriptor_address(void) {
    return &tensorflow__saveable_object__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_asset__descriptor_address(void) {
    return &tensorflow__saved_asset__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_bare_concrete_function__descriptor_address(void) {
    return &tensorflow__saved_bare_concrete_function__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_concrete_function__descriptor_address(void) {
    return &tensorflow__saved_concrete_function__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_constant__descriptor_address(void) {
    return &tensorflow__saved_constant__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_function__descriptor_address(void) {
    return &tensorflow__saved_function__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_model__descriptor_address(void) {
    return &tensorflow__saved_model__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_object__descriptor_address(void) {
    return &tensorflow__saved_object__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_object_graph__descriptor_address(void) {
    return &tensorflow__saved_object_graph__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_object_graph__concrete_functions_entry__descriptor_address(void) {
    return &tensorflow__saved_object_graph__concrete_functions_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_object__saveable_objects_entry__descriptor_address(void) {
    return &tensorflow__saved_object__saveable_objects_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_resource__descriptor_address(void) {
    return &tensorflow__saved_resource__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_user_object__descriptor_address(void) {
    return &tensorflow__saved_user_object__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saved_variable__descriptor_address(void) {
    return &tensorflow__saved_variable__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__saver_def__descriptor_address(void) {
    return &tensorflow__saver_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__scoped_allocator_options__descriptor_address(void) {
    return &tensorflow__scoped_allocator_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__sequence_example__descriptor_address(void) {
    return &tensorflow__sequence_example__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serialized_dtype__descriptor_address(void) {
    return &tensorflow__serialized_dtype__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__batching_parameters__descriptor_address(void) {
    return &tensorflow__serving__batching_parameters__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__class__descriptor_address(void) {
    return &tensorflow__serving__class__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__classification_request__descriptor_address(void) {
    return &tensorflow__serving__classification_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__classification_response__descriptor_address(void) {
    return &tensorflow__serving__classification_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__classification_result__descriptor_address(void) {
    return &tensorflow__serving__classification_result__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__classifications__descriptor_address(void) {
    return &tensorflow__serving__classifications__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__classify_log__descriptor_address(void) {
    return &tensorflow__serving__classify_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__example_list__descriptor_address(void) {
    return &tensorflow__serving__example_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__example_list_with_context__descriptor_address(void) {
    return &tensorflow__serving__example_list_with_context__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__servable_to_monitor__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__servable_to_monitor__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__all__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__all__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__latest__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__latest__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__specific__descriptor_address(void) {
    return &tensorflow__serving__file_system_storage_path_source_config__servable_version_policy__specific__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__get_model_metadata_request__descriptor_address(void) {
    return &tensorflow__serving__get_model_metadata_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__get_model_metadata_response__descriptor_address(void) {
    return &tensorflow__serving__get_model_metadata_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__get_model_metadata_response__metadata_entry__descriptor_address(void) {
    return &tensorflow__serving__get_model_metadata_response__metadata_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__get_model_status_request__descriptor_address(void) {
    return &tensorflow__serving__get_model_status_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__get_model_status_response__descriptor_address(void) {
    return &tensorflow__serving__get_model_status_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__inference_result__descriptor_address(void) {
    return &tensorflow__serving__inference_result__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__inference_task__descriptor_address(void) {
    return &tensorflow__serving__inference_task__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__input__descriptor_address(void) {
    return &tensorflow__serving__input__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__log_collector_config__descriptor_address(void) {
    return &tensorflow__serving__log_collector_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__log_metadata__descriptor_address(void) {
    return &tensorflow__serving__log_metadata__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__logging_config__descriptor_address(void) {
    return &tensorflow__serving__logging_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__metric__descriptor_address(void) {
    return &tensorflow__serving__metric__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_config__descriptor_address(void) {
    return &tensorflow__serving__model_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_config_list__descriptor_address(void) {
    return &tensorflow__serving__model_config_list__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_config__version_labels_entry__descriptor_address(void) {
    return &tensorflow__serving__model_config__version_labels_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_server_config__descriptor_address(void) {
    return &tensorflow__serving__model_server_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_spec__descriptor_address(void) {
    return &tensorflow__serving__model_spec__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__model_version_status__descriptor_address(void) {
    return &tensorflow__serving__model_version_status__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__monitoring_config__descriptor_address(void) {
    return &tensorflow__serving__monitoring_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__multi_inference_log__descriptor_address(void) {
    return &tensorflow__serving__multi_inference_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__multi_inference_request__descriptor_address(void) {
    return &tensorflow__serving__multi_inference_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__multi_inference_response__descriptor_address(void) {
    return &tensorflow__serving__multi_inference_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__per_task_sampling_config__descriptor_address(void) {
    return &tensorflow__serving__per_task_sampling_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__platform_config__descriptor_address(void) {
    return &tensorflow__serving__platform_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__platform_config_map__descriptor_address(void) {
    return &tensorflow__serving__platform_config_map__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__platform_config_map__platform_configs_entry__descriptor_address(void) {
    return &tensorflow__serving__platform_config_map__platform_configs_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_log__descriptor_address(void) {
    return &tensorflow__serving__predict_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_request__descriptor_address(void) {
    return &tensorflow__serving__predict_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_request__inputs_entry__descriptor_address(void) {
    return &tensorflow__serving__predict_request__inputs_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_request__request_options__descriptor_address(void) {
    return &tensorflow__serving__predict_request__request_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_request__request_options__handshake__descriptor_address(void) {
    return &tensorflow__serving__predict_request__request_options__handshake__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_response__descriptor_address(void) {
    return &tensorflow__serving__predict_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_response__outputs_entry__descriptor_address(void) {
    return &tensorflow__serving__predict_response__outputs_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_streamed_log__descriptor_address(void) {
    return &tensorflow__serving__predict_streamed_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_streamed_options__descriptor_address(void) {
    return &tensorflow__serving__predict_streamed_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__predict_streamed_options__split_dimensions_entry__descriptor_address(void) {
    return &tensorflow__serving__predict_streamed_options__split_dimensions_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__prediction_log__descriptor_address(void) {
    return &tensorflow__serving__prediction_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__prometheus_config__descriptor_address(void) {
    return &tensorflow__serving__prometheus_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__regress_log__descriptor_address(void) {
    return &tensorflow__serving__regress_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__regression__descriptor_address(void) {
    return &tensorflow__serving__regression__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__regression_request__descriptor_address(void) {
    return &tensorflow__serving__regression_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__regression_response__descriptor_address(void) {
    return &tensorflow__serving__regression_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__regression_result__descriptor_address(void) {
    return &tensorflow__serving__regression_result__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__reload_config_request__descriptor_address(void) {
    return &tensorflow__serving__reload_config_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__reload_config_response__descriptor_address(void) {
    return &tensorflow__serving__reload_config_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__sslconfig__descriptor_address(void) {
    return &tensorflow__serving__sslconfig__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__sampling_config__descriptor_address(void) {
    return &tensorflow__serving__sampling_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__session_bundle_config__descriptor_address(void) {
    return &tensorflow__serving__session_bundle_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__session_run_log__descriptor_address(void) {
    return &tensorflow__serving__session_run_log__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__session_run_request__descriptor_address(void) {
    return &tensorflow__serving__session_run_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__session_run_response__descriptor_address(void) {
    return &tensorflow__serving__session_run_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__signature_def_map__descriptor_address(void) {
    return &tensorflow__serving__signature_def_map__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__signature_def_map__signature_def_entry__descriptor_address(void) {
    return &tensorflow__serving__signature_def_map__signature_def_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__serving__status_proto__descriptor_address(void) {
    return &tensorflow__serving__status_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__session_metadata__descriptor_address(void) {
    return &tensorflow__session_metadata__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__signature_def__descriptor_address(void) {
    return &tensorflow__signature_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__signature_def__defaults_entry__descriptor_address(void) {
    return &tensorflow__signature_def__defaults_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__signature_def__inputs_entry__descriptor_address(void) {
    return &tensorflow__signature_def__inputs_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__signature_def__outputs_entry__descriptor_address(void) {
    return &tensorflow__signature_def__outputs_entry__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__structured_value__descriptor_address(void) {
    return &tensorflow__structured_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_info__descriptor_address(void) {
    return &tensorflow__tensor_info__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_info__composite_tensor__descriptor_address(void) {
    return &tensorflow__tensor_info__composite_tensor__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_info__coo_sparse__descriptor_address(void) {
    return &tensorflow__tensor_info__coo_sparse__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_proto__descriptor_address(void) {
    return &tensorflow__tensor_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_shape_proto__descriptor_address(void) {
    return &tensorflow__tensor_shape_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_shape_proto__dim__descriptor_address(void) {
    return &tensorflow__tensor_shape_proto__dim__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_slice_proto__descriptor_address(void) {
    return &tensorflow__tensor_slice_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_slice_proto__extent__descriptor_address(void) {
    return &tensorflow__tensor_slice_proto__extent__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tensor_spec_proto__descriptor_address(void) {
    return &tensorflow__tensor_spec_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__terminate_request__descriptor_address(void) {
    return &tensorflow__terminate_request__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__terminate_response__descriptor_address(void) {
    return &tensorflow__terminate_response__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__thread_pool_option_proto__descriptor_address(void) {
    return &tensorflow__thread_pool_option_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tool_request_options__descriptor_address(void) {
    return &tensorflow__tool_request_options__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__trackable_object_graph__descriptor_address(void) {
    return &tensorflow__trackable_object_graph__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__trackable_object_graph__trackable_object__descriptor_address(void) {
    return &tensorflow__trackable_object_graph__trackable_object__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__trackable_object_graph__trackable_object__object_reference__descriptor_address(void) {
    return &tensorflow__trackable_object_graph__trackable_object__object_reference__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__trackable_object_graph__trackable_object__serialized_tensor__descriptor_address(void) {
    return &tensorflow__trackable_object_graph__trackable_object__serialized_tensor__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__trackable_object_graph__trackable_object__slot_variable_reference__descriptor_address(void) {
    return &tensorflow__trackable_object_graph__trackable_object__slot_variable_reference__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__tuple_value__descriptor_address(void) {
    return &tensorflow__tuple_value__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__type_spec_proto__descriptor_address(void) {
    return &tensorflow__type_spec_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__variable_def__descriptor_address(void) {
    return &tensorflow__variable_def__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__variant_tensor_data_proto__descriptor_address(void) {
    return &tensorflow__variant_tensor_data_proto__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__verifier_config__descriptor_address(void) {
    return &tensorflow__verifier_config__descriptor;
}
static inline const ProtobufCMessageDescriptor *tensorflow__version_def__descriptor_address(void) {
    return &tensorflow__version_def__descriptor;
}

#endif
