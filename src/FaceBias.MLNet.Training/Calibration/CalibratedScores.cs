namespace FaceBias.MLNet.Calibration;

/// <summary>What the columns of scores hold that are calibrated.</summary>
internal enum CalibratedScores
{
    /// <summary>A vector of probabilities of the classes.</summary>
    Classes,

    /// <summary>The log odds of a yes, or any margin whose sign decides.</summary>
    LogOdds,

    /// <summary>The probability of a yes.</summary>
    Probability,

    /// <summary>A predicted number.</summary>
    Number,

    /// <summary>A predicted number, and how uncertain it is.</summary>
    NumberAndDeviation,

    /// <summary>The lower and the upper quantile of a number.</summary>
    Quantiles,
}
