import CAblate
import Testing

@testable import AblateC

/// Both sides as a value of one generic type: a difference in any parameter or result is a compile error.
///
/// The two steps are essential: `agree(f, g)` and `agree(Signature(f), Signature(g))` let differences through.
struct Signature<Function> { init(_ function: Function) {} }
func agree<Function>(_ header: Signature<Function>, _ export: Signature<Function>) {}

/// `@_cdecl` checks nothing, so this does: every export has the type that the header gives its function.
@Test func exportsAgreeWithTheHeader() {
  do {
    let header = Signature(CAblate.ablate_status_name)
    let export = Signature(AblateC.statusName)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_last_error)
    let export = Signature(AblateC.lastError)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_version)
    let export = Signature(AblateC.version)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_isa)
    let export = Signature(AblateC.isa)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_load)
    let export = Signature(AblateC.modelLoad)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_load_memory)
    let export = Signature(AblateC.modelLoadMemory)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_free)
    let export = Signature(AblateC.modelFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_describe)
    let export = Signature(AblateC.modelDescribe)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_input_shape)
    let export = Signature(AblateC.modelInputShape)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_layer)
    let export = Signature(AblateC.modelLayer)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_find_layer)
    let export = Signature(AblateC.modelFindLayer)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_step)
    let export = Signature(AblateC.modelStep)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_with_class_labels)
    let export = Signature(AblateC.modelWithClassLabels)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_class_label)
    let export = Signature(AblateC.modelClassLabel)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_parameters)
    let export = Signature(AblateC.modelParameters)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_create)
    let export = Signature(AblateC.builderCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_free)
    let export = Signature(AblateC.builderFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_dense)
    let export = Signature(AblateC.builderAddDense)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_affine)
    let export = Signature(AblateC.builderAddAffine)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_set_head)
    let export = Signature(AblateC.builderSetHead)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_set_class_labels)
    let export = Signature(AblateC.builderSetClassLabels)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_build)
    let export = Signature(AblateC.builderBuild)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_reference_create)
    let export = Signature(AblateC.referenceCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_reference_free)
    let export = Signature(AblateC.referenceFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_reference_means)
    let export = Signature(AblateC.referenceMeans)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_create)
    let export = Signature(AblateC.maskCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_free)
    let export = Signature(AblateC.maskFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_clear)
    let export = Signature(AblateC.maskClear)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_unit)
    let export = Signature(AblateC.maskSetUnit)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_units)
    let export = Signature(AblateC.maskSetUnits)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_fill_layer)
    let export = Signature(AblateC.maskFillLayer)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_layer)
    let export = Signature(AblateC.maskSetLayer)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_get_layer)
    let export = Signature(AblateC.maskGetLayer)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_synapse)
    let export = Signature(AblateC.maskSetSynapse)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_count)
    let export = Signature(AblateC.maskCount)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_replacement)
    let export = Signature(AblateC.maskSetReplacement)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_mask_set_unit_replacement)
    let export = Signature(AblateC.maskSetUnitReplacement)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_session_create)
    let export = Signature(AblateC.sessionCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_session_free)
    let export = Signature(AblateC.sessionFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_run)
    let export = Signature(AblateC.run)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_predict)
    let export = Signature(AblateC.predict)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_activations)
    let export = Signature(AblateC.activations)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_convolution)
    let export = Signature(AblateC.builderAddConvolution)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_pooling)
    let export = Signature(AblateC.builderAddPooling)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_last_point)
    let export = Signature(AblateC.builderLastPoint)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_sum)
    let export = Signature(AblateC.builderAddSum)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_product)
    let export = Signature(AblateC.builderAddProduct)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_builder_add_channel_affine)
    let export = Signature(AblateC.builderAddChannelAffine)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_rows_from_images)
    let export = Signature(AblateC.rowsFromImages)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_cam_describe)
    let export = Signature(AblateC.camDescribe)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_cam_weights)
    let export = Signature(AblateC.camWeights)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_cam)
    let export = Signature(AblateC.cam)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_cam_channels)
    let export = Signature(AblateC.camChannels)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_cam_remove)
    let export = Signature(AblateC.camRemove)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_one_vs_rest)
    let export = Signature(AblateC.sweepOneVsRest)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_one_vs_rest_intact)
    let export = Signature(AblateC.sweepOneVsRestIntact)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_balanced_accuracies)
    let export = Signature(AblateC.balancedAccuracies)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_create)
    let export = Signature(AblateC.sweepCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_free)
    let export = Signature(AblateC.sweepFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_strongest)
    let export = Signature(AblateC.sweepStrongest)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_read_cost)
    let export = Signature(AblateC.sweepReadCost)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_merge)
    let export = Signature(AblateC.sweepMerge)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_save)
    let export = Signature(AblateC.sweepSave)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_load)
    let export = Signature(AblateC.sweepLoad)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_feed)
    let export = Signature(AblateC.sweepFeed)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_feed_targets)
    let export = Signature(AblateC.sweepFeedTargets)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_count)
    let export = Signature(AblateC.sweepCount)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_read)
    let export = Signature(AblateC.sweepRead)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_read_intact)
    let export = Signature(AblateC.sweepReadIntact)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_confusion)
    let export = Signature(AblateC.sweepConfusion)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_confusion_intact)
    let export = Signature(AblateC.sweepConfusionIntact)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_class_probabilities)
    let export = Signature(AblateC.sweepClassProbabilities)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_class_probabilities_intact)
    let export = Signature(AblateC.sweepClassProbabilitiesIntact)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_changed_rows)
    let export = Signature(AblateC.sweepChangedRows)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_greedy_run)
    let export = Signature(AblateC.greedy)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_greedy_run_targets)
    let export = Signature(AblateC.greedyTargets)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_flips_test)
    let export = Signature(AblateC.flipsTest)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_adjust_p_values)
    let export = Signature(AblateC.adjustPValues)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_verdict_name)
    let export = Signature(AblateC.verdictName)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_judge)
    let export = Signature(AblateC.sweepJudge)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_judge_selected)
    let export = Signature(AblateC.sweepJudgeSelected)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_units)
    let export = Signature(AblateC.modelUnits)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_weight_norms)
    let export = Signature(AblateC.modelWeightNorms)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_sweep_effects)
    let export = Signature(AblateC.sweepEffects)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_order_by_scores)
    let export = Signature(AblateC.orderByScores)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_order_at_random)
    let export = Signature(AblateC.orderAtRandom)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_rank_correlation)
    let export = Signature(AblateC.rankCorrelation)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_curves_run)
    let export = Signature(AblateC.curvesRun)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_curves_summarize)
    let export = Signature(AblateC.curvesSummarize)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_create)
    let export = Signature(AblateC.profileCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_free)
    let export = Signature(AblateC.profileFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_feed)
    let export = Signature(AblateC.profileFeed)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_merge)
    let export = Signature(AblateC.profileMerge)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_read)
    let export = Signature(AblateC.profileRead)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_measure)
    let export = Signature(AblateC.profileMeasure)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_class_rows)
    let export = Signature(AblateC.profileClassRows)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_class_means)
    let export = Signature(AblateC.profileClassMeans)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_attributions)
    let export = Signature(AblateC.profileAttributions)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_histogram)
    let export = Signature(AblateC.profileHistogram)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_top_rows)
    let export = Signature(AblateC.profileTopRows)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_profile_gram)
    let export = Signature(AblateC.profileGram)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_quantile_edges)
    let export = Signature(AblateC.quantileEdges)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_prune)
    let export = Signature(AblateC.modelPrune)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_unit_groups)
    let export = Signature(AblateC.modelUnitGroups)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_read_cost)
    let export = Signature(AblateC.modelReadCost)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_save)
    let export = Signature(AblateC.modelSave)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_model_save_memory)
    let export = Signature(AblateC.modelSaveMemory)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_create)
    let export = Signature(AblateC.diffCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_free)
    let export = Signature(AblateC.diffFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_feed)
    let export = Signature(AblateC.diffFeed)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_read)
    let export = Signature(AblateC.diffRead)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_confusion)
    let export = Signature(AblateC.diffConfusion)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_diff_merge)
    let export = Signature(AblateC.diffMerge)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_create)
    let export = Signature(AblateC.shapleyCreate)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_free)
    let export = Signature(AblateC.shapleyFree)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_run)
    let export = Signature(AblateC.shapleyRun)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_count)
    let export = Signature(AblateC.shapleyCount)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_read)
    let export = Signature(AblateC.shapleyRead)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_summarize)
    let export = Signature(AblateC.shapleySummarize)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_top)
    let export = Signature(AblateC.shapleyTop)
    agree(header, export)
  }
  do {
    let header = Signature(CAblate.ablate_shapley_merge)
    let export = Signature(AblateC.shapleyMerge)
    agree(header, export)
  }
}
