namespace FaceBias.Core.Uncertainty;

/// <summary>Adds to a model what it does not know. Wrappers compose:
/// <code>
/// var wrapped = model.With(Laplace.LastLayer()).With(Conformal.Mondrian("race"));
/// </code>
/// A wrapper fits itself on the rows of the model, appends nodes to its graph, and lists what they give in
/// <see cref="UncertaintyOutput"/>s, or keeps a table in the model's metadata; later wrappers see what earlier ones
/// did.</summary>
public interface IUncertaintyWrapper
{
    /// <summary>The name that <c>--uncertainty</c> knows it by.</summary>
    string Name { get; }

    /// <summary>Fits it on <see cref="UncertainModel.Rows"/> and adds it to a model that is the wrapper's to
    /// change.</summary>
    /// <exception cref="FaceBiasException">The model or its rows do not allow it; the sentence says what to
    /// do.</exception>
    internal void AddTo(UncertainModel model);
}
