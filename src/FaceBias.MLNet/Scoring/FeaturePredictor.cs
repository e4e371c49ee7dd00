namespace FaceBias.MLNet.Scoring;

/// <summary>A model that predicts a label from a vector of features. Permutation feature importance over a chain takes
/// the chain's last transformer of this interface, which extractors of features and calibrators must not be.</summary>
internal sealed class FeaturePredictor(ScoringSpec spec, byte[] model)
    : ModelTransformer(spec, model), ISingleFeaturePredictionTransformer;
