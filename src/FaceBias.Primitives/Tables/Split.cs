namespace FaceBias.Primitives.Tables;

/// <summary>What an image is used for.</summary>
public enum Split
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Fitting the model.</summary>
    Train,
    /// <summary>Choosing when to stop and between options.</summary>
    Validation,
    /// <summary>Measuring, once.</summary>
    Test,
}
