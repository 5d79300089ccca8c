// Enumerators and struct layouts are part of the binary interface: programs compiled against one version of the header
// go on working with the next. Here they are written down a second time; a change of one is a mistake, a new one is
// added here.
#include <ablate.h>

// Neither C99 nor C++ has both _Static_assert and static_assert: an array of negative length is an error in either.
#define JOIN(a, b) a##b
#define NAME(line) JOIN(holds_on_line_, line)
#define HOLDS(condition) extern char NAME(__LINE__)[(condition) ? 1 : -1]
#define AT(type, member, offset) HOLDS(offsetof(type, member) == (offset))

HOLDS(ABLATE_VERSION_MAJOR == 0 && ABLATE_VERSION_MINOR == 1 && ABLATE_VERSION_PATCH == 0);
HOLDS(ABLATE_VERSION == 1000);

HOLDS(sizeof(ablate_status) == 4);
HOLDS(ABLATE_OK == 0);
HOLDS(ABLATE_INVALID_ARGUMENT == 1);
HOLDS(ABLATE_OUT_OF_MEMORY == 2);
HOLDS(ABLATE_IO == 3);
HOLDS(ABLATE_MALFORMED == 4);
HOLDS(ABLATE_UNSUPPORTED == 5);
HOLDS(ABLATE_CANCELLED == 6);
HOLDS(ABLATE_BUSY == 7);

HOLDS(sizeof(ablate_activation) == 4);
HOLDS(ABLATE_ACTIVATION_IDENTITY == 0);
HOLDS(ABLATE_ACTIVATION_RELU == 1);
HOLDS(ABLATE_ACTIVATION_LEAKY_RELU == 2);
HOLDS(ABLATE_ACTIVATION_ELU == 3);
HOLDS(ABLATE_ACTIVATION_SELU == 4);
HOLDS(ABLATE_ACTIVATION_TANH == 5);
HOLDS(ABLATE_ACTIVATION_SIGMOID == 6);
HOLDS(ABLATE_ACTIVATION_SOFTPLUS == 7);
HOLDS(ABLATE_ACTIVATION_GELU == 8);
HOLDS(ABLATE_ACTIVATION_GELU_TANH == 9);
HOLDS(ABLATE_ACTIVATION_HARD_SIGMOID == 10);
HOLDS(ABLATE_ACTIVATION_HARD_SWISH == 11);
HOLDS(ABLATE_ACTIVATION_CLIP == 12);
HOLDS(ABLATE_ACTIVATION_SILU == 13);

HOLDS(sizeof(ablate_head) == 4);
HOLDS(ABLATE_HEAD_LOGITS == 0);
HOLDS(ABLATE_HEAD_SOFTMAX == 1);
HOLDS(ABLATE_HEAD_LOG_SOFTMAX == 2);
HOLDS(ABLATE_HEAD_BINARY == 3);
HOLDS(ABLATE_HEAD_MULTILABEL == 4);
HOLDS(ABLATE_HEAD_REGRESSION == 5);

HOLDS(sizeof(ablate_layout) == 4);
HOLDS(ABLATE_LAYOUT_OUT_IN == 0);
HOLDS(ABLATE_LAYOUT_IN_OUT == 1);

HOLDS(sizeof(ablate_replacement_kind) == 4);
HOLDS(ABLATE_REPLACEMENT_ZERO == 0);
HOLDS(ABLATE_REPLACEMENT_DEAD == 1);
HOLDS(ABLATE_REPLACEMENT_MEAN == 2);
HOLDS(ABLATE_REPLACEMENT_CONSTANT == 3);
HOLDS(ABLATE_REPLACEMENT_RESAMPLE == 4);

HOLDS(sizeof(ablate_output) == 4);
HOLDS(ABLATE_OUTPUT_SCORES == 0);
HOLDS(ABLATE_OUTPUT_PROBABILITIES == 1);
HOLDS(ABLATE_OUTPUT_MODEL == 2);

HOLDS(sizeof(ablate_point) == 4);
HOLDS(ABLATE_POINT_ACTIVATION == 0);
HOLDS(ABLATE_POINT_PRE_ACTIVATION == 1);

HOLDS(ABLATE_METRIC_CONFUSION == 1);
HOLDS(ABLATE_METRIC_LOG_LOSS == 2);
HOLDS(ABLATE_METRIC_LABEL_PROBABILITY == 4);
HOLDS(ABLATE_METRIC_KL_DIVERGENCE == 8);
HOLDS(ABLATE_METRIC_MARGIN == 16);
HOLDS(ABLATE_METRIC_CLASS_PROBABILITIES == 32);
HOLDS(ABLATE_METRIC_CHANGED_ROWS == 64);
HOLDS(ABLATE_METRIC_ONE_VS_REST == 128);

HOLDS(ABLATE_PROFILE_CLASS_MEANS == 1);
HOLDS(ABLATE_PROFILE_ENTROPY == 2);
HOLDS(ABLATE_PROFILE_INFORMATION == 4);
HOLDS(ABLATE_PROFILE_HISTOGRAM == 8);
HOLDS(ABLATE_PROFILE_TOP_ROWS == 16);
HOLDS(ABLATE_PROFILE_GRAM == 32);
HOLDS(ABLATE_PROFILE_TAYLOR == 64);

HOLDS(sizeof(ablate_quantiser) == 4);
HOLDS(ABLATE_POSITIONS_MEAN == 0);
HOLDS(ABLATE_POSITIONS_MAXIMUM == 1);
HOLDS(ABLATE_QUANTISER_OWN_THRESHOLD == 0);
HOLDS(ABLATE_QUANTISER_THRESHOLD == 1);
HOLDS(ABLATE_QUANTISER_UNIFORM == 2);
HOLDS(ABLATE_QUANTISER_EDGES == 3);

HOLDS(sizeof(ablate_measure) == 4);
HOLDS(ABLATE_MEASURE_MEAN == 0);
HOLDS(ABLATE_MEASURE_VARIANCE == 1);
HOLDS(ABLATE_MEASURE_MINIMUM == 2);
HOLDS(ABLATE_MEASURE_MAXIMUM == 3);
HOLDS(ABLATE_MEASURE_FRACTION_ACTIVE == 4);
HOLDS(ABLATE_MEASURE_ENTROPY == 5);
HOLDS(ABLATE_MEASURE_MUTUAL_INFORMATION == 6);
HOLDS(ABLATE_MEASURE_KL_SELECTIVITY == 7);
HOLDS(ABLATE_MEASURE_CLASS_SELECTIVITY == 8);
HOLDS(ABLATE_MEASURE_TAYLOR == 9);
HOLDS(ABLATE_MEASURE_TAYLOR_OF_MEAN == 10);
HOLDS(ABLATE_MEASURE_INCOMING_L1 == 11);
HOLDS(ABLATE_MEASURE_INCOMING_L2 == 12);
HOLDS(ABLATE_MEASURE_OUTGOING_L2 == 13);

// Offsets on machines with 64-bit pointers and size_t. Every struct starts with its size.
#if UINTPTR_MAX == UINT64_MAX

HOLDS(sizeof(ablate_model_info) == 80);
AT(ablate_model_info, size, 0);
AT(ablate_model_info, input_width, 8);
AT(ablate_model_info, output_width, 16);
AT(ablate_model_info, class_count, 24);
AT(ablate_model_info, prediction_width, 32);
AT(ablate_model_info, probability_width, 40);
AT(ablate_model_info, layer_count, 48);
AT(ablate_model_info, step_count, 56);
AT(ablate_model_info, parameter_count, 64);
AT(ablate_model_info, head, 72);

HOLDS(sizeof(ablate_layer_info) == 104);
AT(ablate_layer_info, size, 0);
AT(ablate_layer_info, name, 8);
AT(ablate_layer_info, kind, 16);
AT(ablate_layer_info, units, 24);
AT(ablate_layer_info, inputs, 32);
AT(ablate_layer_info, parameter_count, 40);
AT(ablate_layer_info, activation, 48);
AT(ablate_layer_info, alpha, 52);
AT(ablate_layer_info, beta, 56);
AT(ablate_layer_info, is_output, 60);
AT(ablate_layer_info, height, 64);
AT(ablate_layer_info, width, 72);
AT(ablate_layer_info, kernel_height, 80);
AT(ablate_layer_info, kernel_width, 88);
AT(ablate_layer_info, groups, 96);

HOLDS(sizeof(ablate_step_info) == 56);
AT(ablate_step_info, size, 0);
AT(ablate_step_info, name, 8);
AT(ablate_step_info, kind, 16);
AT(ablate_step_info, width, 24);
AT(ablate_step_info, parameter_count, 32);
AT(ablate_step_info, can_ablate, 40);
AT(ablate_step_info, layer, 48);

HOLDS(sizeof(ablate_dense) == 64);
AT(ablate_dense, size, 0);
AT(ablate_dense, name, 8);
AT(ablate_dense, units, 16);
AT(ablate_dense, layout, 24);
AT(ablate_dense, weights, 32);
AT(ablate_dense, bias, 40);
AT(ablate_dense, activation, 48);
AT(ablate_dense, alpha, 52);
AT(ablate_dense, beta, 56);
AT(ablate_dense, parameter_count, 60);

HOLDS(sizeof(ablate_pooling_kind) == 4);
HOLDS(ABLATE_POOLING_MAXIMUM == 0);
HOLDS(ABLATE_POOLING_AVERAGE == 1);
HOLDS(ABLATE_POOLING_AVERAGE_COUNTING_PADDING == 2);
HOLDS(ABLATE_POOLING_GLOBAL_MAXIMUM == 3);
HOLDS(ABLATE_POOLING_GLOBAL_AVERAGE == 4);

HOLDS(sizeof(ablate_cam_order) == 4);
HOLDS(ABLATE_CAM_HIGHEST_WEIGHT == 0);
HOLDS(ABLATE_CAM_LOWEST_WEIGHT == 1);
HOLDS(ABLATE_CAM_OUTSIDE_WINDOW == 2);
HOLDS(ABLATE_CAM_GIVEN == 3);

HOLDS(sizeof(ablate_convolution) == 152);
AT(ablate_convolution, size, 0);
AT(ablate_convolution, name, 8);
AT(ablate_convolution, units, 16);
AT(ablate_convolution, weights, 24);
AT(ablate_convolution, bias, 32);
AT(ablate_convolution, kernel_height, 40);
AT(ablate_convolution, kernel_width, 48);
AT(ablate_convolution, stride_height, 56);
AT(ablate_convolution, stride_width, 64);
AT(ablate_convolution, dilation_height, 72);
AT(ablate_convolution, dilation_width, 80);
AT(ablate_convolution, pad_top, 88);
AT(ablate_convolution, pad_left, 96);
AT(ablate_convolution, pad_bottom, 104);
AT(ablate_convolution, pad_right, 112);
AT(ablate_convolution, groups, 120);
AT(ablate_convolution, source, 128);
AT(ablate_convolution, activation, 136);
AT(ablate_convolution, alpha, 140);
AT(ablate_convolution, beta, 144);
AT(ablate_convolution, parameter_count, 148);

HOLDS(sizeof(ablate_pooling) == 112);
AT(ablate_pooling, size, 0);
AT(ablate_pooling, name, 8);
AT(ablate_pooling, kernel_height, 16);
AT(ablate_pooling, kernel_width, 24);
AT(ablate_pooling, stride_height, 32);
AT(ablate_pooling, stride_width, 40);
AT(ablate_pooling, dilation_height, 48);
AT(ablate_pooling, dilation_width, 56);
AT(ablate_pooling, pad_top, 64);
AT(ablate_pooling, pad_left, 72);
AT(ablate_pooling, pad_bottom, 80);
AT(ablate_pooling, pad_right, 88);
AT(ablate_pooling, source, 96);
AT(ablate_pooling, kind, 104);
AT(ablate_pooling, rounds_up, 108);

HOLDS(sizeof(ablate_cam_info) == 64);
AT(ablate_cam_info, size, 0);
AT(ablate_cam_info, map_count, 8);
AT(ablate_cam_info, channels, 16);
AT(ablate_cam_info, layer, 24);
AT(ablate_cam_info, height, 32);
AT(ablate_cam_info, width, 40);
AT(ablate_cam_info, input_height, 48);
AT(ablate_cam_info, input_width, 56);

HOLDS(sizeof(ablate_cam_options) == 104);
AT(ablate_cam_options, size, 0);
AT(ablate_cam_options, mask, 8);
AT(ablate_cam_options, replacement, 16);
AT(ablate_cam_options, channels, 24);
AT(ablate_cam_options, channel_count, 32);
AT(ablate_cam_options, points, 40);
AT(ablate_cam_options, point_count, 48);
AT(ablate_cam_options, top_count, 56);
AT(ablate_cam_options, progress, 64);
AT(ablate_cam_options, user, 72);
AT(ablate_cam_options, order, 80);
AT(ablate_cam_options, low, 84);
AT(ablate_cam_options, high, 88);
AT(ablate_cam_options, of_class_only, 92);
AT(ablate_cam_options, upsampled, 96);

HOLDS(sizeof(ablate_cam_step) == 32);
AT(ablate_cam_step, size, 0);
AT(ablate_cam_step, removed, 8);
AT(ablate_cam_step, shown_class, 16);
AT(ablate_cam_step, prediction, 20);
AT(ablate_cam_step, score, 24);
AT(ablate_cam_step, probability, 28);

HOLDS(sizeof(ablate_replacement) == 32);
AT(ablate_replacement, size, 0);
AT(ablate_replacement, kind, 8);
AT(ablate_replacement, constant, 12);
AT(ablate_replacement, seed, 16);
AT(ablate_replacement, reference, 24);

HOLDS(sizeof(ablate_sweep_options) == 120);
AT(ablate_sweep_options, size, 0);
AT(ablate_sweep_options, layers, 8);
AT(ablate_sweep_options, layer_count, 16);
AT(ablate_sweep_options, replacement, 24);
AT(ablate_sweep_options, metrics, 32);
AT(ablate_sweep_options, threads, 40);
AT(ablate_sweep_options, progress, 48);
AT(ablate_sweep_options, user, 56);
AT(ablate_sweep_options, kind, 64);
AT(ablate_sweep_options, order, 72);
AT(ablate_sweep_options, order_count, 80);
AT(ablate_sweep_options, masks, 88);
AT(ablate_sweep_options, mask_count, 96);
AT(ablate_sweep_options, changed_row_limit, 104);
AT(ablate_sweep_options, first_row, 112);

HOLDS(sizeof(ablate_greedy_options) == 40);
AT(ablate_greedy_options, size, 0);
AT(ablate_greedy_options, replacement, 8);
AT(ablate_greedy_options, threads, 16);
AT(ablate_greedy_options, progress, 24);
AT(ablate_greedy_options, user, 32);

HOLDS(sizeof(ablate_compensation) == 4);
HOLDS(ABLATE_COMPENSATION_REPLACEMENT == 0);
HOLDS(ABLATE_COMPENSATION_CORRELATED == 1);
HOLDS(ABLATE_COMPENSATION_LEAST_SQUARES == 2);

HOLDS(sizeof(ablate_layer_moments) == 32);
AT(ablate_layer_moments, size, 0);
AT(ablate_layer_moments, layer, 8);
AT(ablate_layer_moments, means, 16);
AT(ablate_layer_moments, gram, 24);

HOLDS(sizeof(ablate_surgery_options) == 88);
AT(ablate_surgery_options, size, 0);
AT(ablate_surgery_options, compensation, 8);
AT(ablate_surgery_options, replacement, 16);
AT(ablate_surgery_options, moments, 24);
AT(ablate_surgery_options, moment_count, 32);
AT(ablate_surgery_options, x, 40);
AT(ablate_surgery_options, rows, 48);
AT(ablate_surgery_options, ridge, 56);
AT(ablate_surgery_options, threads, 64);
AT(ablate_surgery_options, progress, 72);
AT(ablate_surgery_options, user, 80);

HOLDS(sizeof(ablate_model_cost) == 32);
AT(ablate_model_cost, size, 0);
AT(ablate_model_cost, parameters, 8);
AT(ablate_model_cost, multiply_adds, 16);
AT(ablate_model_cost, bytes, 24);

HOLDS(sizeof(ablate_diff_options) == 56);
AT(ablate_diff_options, size, 0);
AT(ablate_diff_options, first_mask, 8);
AT(ablate_diff_options, second_mask, 16);
AT(ablate_diff_options, first_row, 24);
AT(ablate_diff_options, threads, 32);
AT(ablate_diff_options, progress, 40);
AT(ablate_diff_options, user, 48);

HOLDS(sizeof(ablate_diff_result) == 104);
AT(ablate_diff_result, size, 0);
AT(ablate_diff_result, rows, 8);
AT(ablate_diff_result, agreeing, 16);
AT(ablate_diff_result, agreement, 24);
AT(ablate_diff_result, mean_change, 32);
AT(ablate_diff_result, largest_change, 40);
AT(ablate_diff_result, largest_row, 48);
AT(ablate_diff_result, largest_class, 56);
AT(ablate_diff_result, labelled, 64);
AT(ablate_diff_result, both_right, 72);
AT(ablate_diff_result, only_first_right, 80);
AT(ablate_diff_result, only_second_right, 88);
AT(ablate_diff_result, both_wrong, 96);
HOLDS(sizeof(ablate_shapley_options) == 144);
AT(ablate_shapley_options, size, 0);
AT(ablate_shapley_options, layers, 8);
AT(ablate_shapley_options, layer_count, 16);
AT(ablate_shapley_options, units, 24);
AT(ablate_shapley_options, unit_count, 32);
AT(ablate_shapley_options, replacement, 40);
AT(ablate_shapley_options, threads, 48);
AT(ablate_shapley_options, progress, 56);
AT(ablate_shapley_options, user, 64);
AT(ablate_shapley_options, seed, 72);
AT(ablate_shapley_options, first_permutation, 80);
AT(ablate_shapley_options, sample_rows, 88);
AT(ablate_shapley_options, tolerance, 96);
AT(ablate_shapley_options, patience, 104);
AT(ablate_shapley_options, top_count, 112);
AT(ablate_shapley_options, delta, 120);
AT(ablate_shapley_options, largest_change, 128);
AT(ablate_shapley_options, measure, 136);

HOLDS(sizeof(ablate_shapley_value) == 64);
AT(ablate_shapley_value, size, 0);
AT(ablate_shapley_value, layer, 8);
AT(ablate_shapley_value, unit, 16);
AT(ablate_shapley_value, value, 24);
AT(ablate_shapley_value, variance, 32);
AT(ablate_shapley_value, lower, 40);
AT(ablate_shapley_value, upper, 48);
AT(ablate_shapley_value, permutations, 56);

HOLDS(sizeof(ablate_shapley_summary) == 48);
AT(ablate_shapley_summary, size, 0);
AT(ablate_shapley_summary, permutations, 8);
AT(ablate_shapley_summary, marginals, 16);
AT(ablate_shapley_summary, truncated, 24);
AT(ablate_shapley_summary, intact, 32);
AT(ablate_shapley_summary, ablated, 40);

HOLDS(sizeof(ablate_shapley_measure) == 4);
HOLDS(ABLATE_SHAPLEY_ACCURACY == 0);
HOLDS(ABLATE_SHAPLEY_LABEL_PROBABILITY == 1);
HOLDS(ABLATE_SHAPLEY_LOG_LOSS == 2);

HOLDS(sizeof(ablate_sweep_kind) == 4);
HOLDS(ABLATE_SWEEP_UNITS == 0);
HOLDS(ABLATE_SWEEP_SYNAPSES == 1);
HOLDS(ABLATE_SWEEP_INPUTS == 2);
HOLDS(ABLATE_SWEEP_PAIRS == 3);
HOLDS(ABLATE_SWEEP_CUMULATIVE == 4);
HOLDS(ABLATE_SWEEP_MASKS == 5);
HOLDS(ABLATE_SWEEP_OUTGOING_SYNAPSES == 6);

HOLDS(sizeof(ablate_unit) == 16);
AT(ablate_unit, layer, 0);
AT(ablate_unit, unit, 8);

HOLDS(sizeof(ablate_sweep_cost) == 32);
AT(ablate_sweep_cost, size, 0);
AT(ablate_sweep_cost, pairs, 8);
AT(ablate_sweep_cost, examined, 16);
AT(ablate_sweep_cost, rerun, 24);

HOLDS(sizeof(ablate_sweep_result) == 152);
AT(ablate_sweep_result, size, 0);
AT(ablate_sweep_result, layer, 8);
AT(ablate_sweep_result, unit, 16);
AT(ablate_sweep_result, rows, 24);
AT(ablate_sweep_result, correct, 32);
AT(ablate_sweep_result, lost, 40);
AT(ablate_sweep_result, gained, 48);
AT(ablate_sweep_result, changed, 56);
AT(ablate_sweep_result, effect, 64);
AT(ablate_sweep_result, log_loss, 72);
AT(ablate_sweep_result, label_probability, 80);
AT(ablate_sweep_result, input, 88);
AT(ablate_sweep_result, second_unit, 96);
AT(ablate_sweep_result, interaction, 104);
AT(ablate_sweep_result, second_layer, 112);
AT(ablate_sweep_result, kl_divergence, 120);
AT(ablate_sweep_result, margin, 128);
AT(ablate_sweep_result, squared_error, 136);
AT(ablate_sweep_result, absolute_change, 144);

HOLDS(sizeof(ablate_adjustment) == 4);
HOLDS(ABLATE_ADJUSTMENT_HOLM == 0);
HOLDS(ABLATE_ADJUSTMENT_BENJAMINI_HOCHBERG == 1);
HOLDS(ABLATE_ADJUSTMENT_BENJAMINI_YEKUTIELI == 2);

HOLDS(sizeof(ablate_verdict) == 4);
HOLDS(ABLATE_VERDICT_UNDECIDED == 0);
HOLDS(ABLATE_VERDICT_REDUNDANT == 1);
HOLDS(ABLATE_VERDICT_USEFUL == 2);
HOLDS(ABLATE_VERDICT_ESSENTIAL == 3);
HOLDS(ABLATE_VERDICT_HARMFUL == 4);

HOLDS(sizeof(ablate_choice) == 4);
HOLDS(ABLATE_CHOICE_HIGHEST_EFFECT == 0);
HOLDS(ABLATE_CHOICE_LOWEST_EFFECT == 1);
HOLDS(ABLATE_CHOICE_STRONGEST_EFFECT == 2);

HOLDS(sizeof(ablate_flip_test) == 80);
AT(ablate_flip_test, size, 0);
AT(ablate_flip_test, p_value, 8);
AT(ablate_flip_test, mid_p_value, 16);
AT(ablate_flip_test, p_value_of_loss, 24);
AT(ablate_flip_test, p_value_of_gain, 32);
AT(ablate_flip_test, smallest_p_value, 40);
AT(ablate_flip_test, effect, 48);
AT(ablate_flip_test, variance, 56);
AT(ablate_flip_test, lower, 64);
AT(ablate_flip_test, upper, 72);

HOLDS(sizeof(ablate_judge_options) == 40);
AT(ablate_judge_options, size, 0);
AT(ablate_judge_options, adjustment, 8);
AT(ablate_judge_options, testable_only, 12);
AT(ablate_judge_options, level, 16);
AT(ablate_judge_options, essential_loss, 24);
AT(ablate_judge_options, margin, 32);

HOLDS(sizeof(ablate_judgement) == 112);
AT(ablate_judgement, size, 0);
AT(ablate_judgement, index, 8);
AT(ablate_judgement, verdict, 16);
AT(ablate_judgement, p_value, 24);
AT(ablate_judgement, adjusted_p_value, 32);
AT(ablate_judgement, smallest_p_value, 40);
AT(ablate_judgement, effect, 48);
AT(ablate_judgement, lower, 56);
AT(ablate_judgement, upper, 64);
AT(ablate_judgement, affected_class, 72);
AT(ablate_judgement, affected_rows, 80);
AT(ablate_judgement, affected_recall, 88);
AT(ablate_judgement, favoured_class, 96);
AT(ablate_judgement, favoured_rows, 104);

HOLDS(sizeof(ablate_weight_norm) == 4);
HOLDS(ABLATE_WEIGHT_NORM_L1 == 1);
HOLDS(ABLATE_WEIGHT_NORM_L2 == 2);

HOLDS(sizeof(ablate_direction) == 4);
HOLDS(ABLATE_DIRECTION_LOW_FIRST == 0);
HOLDS(ABLATE_DIRECTION_HIGH_FIRST == 1);

HOLDS(sizeof(ablate_correlation) == 4);
HOLDS(ABLATE_CORRELATION_SPEARMAN == 0);
HOLDS(ABLATE_CORRELATION_KENDALL == 1);

HOLDS(sizeof(ablate_curve_options) == 56);
AT(ablate_curve_options, size, 0);
AT(ablate_curve_options, replacement, 8);
AT(ablate_curve_options, threads, 16);
AT(ablate_curve_options, progress, 24);
AT(ablate_curve_options, user, 32);
AT(ablate_curve_options, points, 40);
AT(ablate_curve_options, point_count, 48);

HOLDS(sizeof(ablate_profile_options) == 128);
AT(ablate_profile_options, size, 0);
AT(ablate_profile_options, layers, 8);
AT(ablate_profile_options, layer_count, 16);
AT(ablate_profile_options, measures, 24);
AT(ablate_profile_options, quantiser, 28);
AT(ablate_profile_options, quantiser_bits, 32);
AT(ablate_profile_options, quantiser_threshold, 36);
AT(ablate_profile_options, quantiser_low, 40);
AT(ablate_profile_options, quantiser_high, 44);
AT(ablate_profile_options, quantiser_edges, 48);
AT(ablate_profile_options, quantiser_edge_count, 56);
AT(ablate_profile_options, histogram_bins, 64);
AT(ablate_profile_options, histogram_low, 72);
AT(ablate_profile_options, histogram_high, 76);
AT(ablate_profile_options, top_row_limit, 80);
AT(ablate_profile_options, threads, 88);
AT(ablate_profile_options, progress, 96);
AT(ablate_profile_options, user, 104);
AT(ablate_profile_options, first_row, 112);
AT(ablate_profile_options, positions, 120);

HOLDS(sizeof(ablate_profile_unit) == 168);
AT(ablate_profile_unit, size, 0);
AT(ablate_profile_unit, rows, 8);
AT(ablate_profile_unit, non_finite, 16);
AT(ablate_profile_unit, active, 24);
AT(ablate_profile_unit, is_dead, 32);
HOLDS(sizeof(((ablate_profile_unit *)0)->is_dead) == 8); // Without padding behind it, nothing is left unwritten.
AT(ablate_profile_unit, fraction_active, 40);
AT(ablate_profile_unit, mean, 48);
AT(ablate_profile_unit, variance, 56);
AT(ablate_profile_unit, minimum, 64);
AT(ablate_profile_unit, maximum, 72);
AT(ablate_profile_unit, entropy, 80);
AT(ablate_profile_unit, mutual_information, 88);
AT(ablate_profile_unit, kl_selectivity, 96);
AT(ablate_profile_unit, kl_class, 104);
AT(ablate_profile_unit, class_selectivity, 112);
AT(ablate_profile_unit, largest_class, 120);
AT(ablate_profile_unit, taylor, 128);
AT(ablate_profile_unit, taylor_of_mean, 136);
AT(ablate_profile_unit, incoming_l1, 144);
AT(ablate_profile_unit, incoming_l2, 152);
AT(ablate_profile_unit, outgoing_l2, 160);
#endif

int second(void);
int main(void) { return second(); }
