using FaceBias.MLNet.Mitigation;
using TrainerCatalog = Microsoft.ML.TrainCatalogBase.CatalogInstantiatorBase;

namespace Microsoft.ML;

/// <summary>Mitigation methods of <c>facebias mitigate</c> as trainers of ML.NET: a head on features, such as
/// ApplyBackbone writes, that relies less on a shortcut. What is left out of the short forms is set in
/// <see cref="MitigationTrainerOptions"/>.</summary>
public static class MitigationCatalog
{
    /// <param name="catalog">The trainers of a context for binary or multiclass classification, or for regression, which
    /// the methods without groups but <c>erm</c> do not handle.</param>
    extension(TrainerCatalog catalog)
    {
        /// <summary>Trains a head by any method; what it predicts is what the catalog is for.</summary>
        /// <param name="method">Its name, as <c>facebias mitigate --methods</c> takes it.</param>
        /// <param name="options">Columns, hyperparameters, and how to train.</param>
        /// <exception cref="ArgumentException">There is no such method, it does not handle what the catalog is for, or
        /// an option does not go with it.</exception>
        public MitigationTrainer Mitigate(string method, MitigationTrainerOptions? options = null) =>
            new(method, options ?? new(), catalog switch
            {
                null => throw new ArgumentNullException(nameof(catalog)),
                BinaryClassificationCatalog.BinaryClassificationTrainers => MitigationTaskKind.Binary,
                MulticlassClassificationCatalog.MulticlassClassificationTrainers => MitigationTaskKind.Multiclass,
                RegressionCatalog.RegressionTrainers => MitigationTaskKind.Regression,
                _ => throw new ArgumentException("Mitigation trains classifiers and regressions.", nameof(catalog)),
            });

        /// <summary>Empirical risk minimisation, the plain head that the others are compared with.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Erm(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("erm", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Empirical risk minimisation with classes weighted alike.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer ClassBalanced(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("class-balanced", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Every group weighs the same (Kamiran, Calders 2012).</summary>
        /// <param name="groupColumnName">The column of groups.</param>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        public MitigationTrainer GroupReweighting(string groupColumnName, string labelColumnName = "Label",
            string featureColumnName = "Features") =>
            catalog.Mitigate("group-reweighting", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Every group is drawn equally often.</summary>
        /// <param name="groupColumnName">The column of groups.</param>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        public MitigationTrainer GroupResampling(string groupColumnName, string labelColumnName = "Label",
            string featureColumnName = "Features") =>
            catalog.Mitigate("group-resampling", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Distributionally robust optimisation over groups (Sagawa et al. 2020).</summary>
        /// <param name="groupColumnName">The column of groups.</param>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        public MitigationTrainer GroupDro(string groupColumnName, string labelColumnName = "Label",
            string featureColumnName = "Features") =>
            catalog.Mitigate("group-dro", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Deep feature reweighting: the last layer anew on validation rows in which all groups weigh the same
        /// (Kirichenko et al. 2023).</summary>
        /// <param name="groupColumnName">The column of groups.</param>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        public MitigationTrainer Dfr(string groupColumnName, string labelColumnName = "Label",
            string featureColumnName = "Features") =>
            catalog.Mitigate("dfr", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>DFR with the groups' weights chosen by GroupDRO.</summary>
        /// <param name="groupColumnName">The column of groups.</param>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        public MitigationTrainer DfrDro(string groupColumnName, string labelColumnName = "Label",
            string featureColumnName = "Features") =>
            catalog.Mitigate("dfr-dro", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Just train twice: rows that a first head gets wrong weigh more (Liu et al. 2021). Needs no
        /// groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Jtt(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("jtt", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Learning from failure (Nam et al. 2020). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Lff(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("lff", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>GroupDRO over clusters of each class (Sohoni et al. 2020). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer George(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("george", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Bias-amplified pseudo-attributes (Seo et al. 2022). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Bpa(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("bpa", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>DebiAN: a discoverer and a classifier in turn (Li et al. 2022). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Debian(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("debian", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>CAML: clusters of bias-amplified features as groups. Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Caml(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("caml", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Automatic feature reweighting (Qiu et al. 2023). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Afr(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("afr", Columns(labelColumnName, featureColumnName, groupColumnName));

        /// <summary>Selective last-layer fine-tuning (LaBonte et al. 2023). Needs no groups.</summary>
        /// <param name="labelColumnName">The column of the label.</param>
        /// <param name="featureColumnName">The column of features.</param>
        /// <param name="groupColumnName">The column of groups, for the choice of epochs alone; null where it is not
        /// known.</param>
        public MitigationTrainer Self(string labelColumnName = "Label", string featureColumnName = "Features",
            string? groupColumnName = null) =>
            catalog.Mitigate("self", Columns(labelColumnName, featureColumnName, groupColumnName));
    }

    private static MitigationTrainerOptions Columns(string label, string features, string? group) =>
        new() { LabelColumnName = label, FeatureColumnName = features, GroupColumnName = group };
}
