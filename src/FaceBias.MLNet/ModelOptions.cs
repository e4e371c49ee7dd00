namespace FaceBias.MLNet;

/// <summary>What becomes of a picture that cannot be decoded.</summary>
public enum UnreadableImages
{
    /// <summary>Its row stays: scores are not numbers, the predicted label is missing, and a column says why. ML.NET's
    /// evaluators pass such rows over with a warning.</summary>
    KeepRow,

    /// <summary>One sentence that names the file ends the reading.</summary>
    Throw,
}

/// <summary>How pictures go into a model.</summary>
public abstract class PictureModelOptions
{
    /// <summary>The column of pictures: paths (text), whole files (vectors of Byte) or MLImage.</summary>
    public string InputColumnName { get; set; } = nameof(FaceImage.Image);

    /// <summary>The folder of relative paths, "" for the current one.</summary>
    public string ImageFolder { get; set; } = "";

    /// <summary>What becomes of a picture that cannot be decoded.</summary>
    public UnreadableImages Unreadable { get; set; }

    /// <summary>CUDA device, which can be 0 only; null for the CPU.</summary>
    public int? GpuDeviceId { get; set; }

    /// <summary>Whether the CPU serves where that device does not.</summary>
    public bool FallbackToCpu { get; set; }

    /// <summary>Maximum number of threads that work on rows; 0 for one per core.</summary>
    public int Threads { get; set; }

    internal virtual void Check()
    {
        if (string.IsNullOrEmpty(InputColumnName))
            throw new ArgumentException("Name the column of pictures.", nameof(InputColumnName));
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        if (GpuDeviceId is not (null or 0))
            throw new ArgumentOutOfRangeException(nameof(GpuDeviceId), GpuDeviceId,
                "Only device 0 can be named; CUDA_VISIBLE_DEVICES chooses another one.");
    }
}

/// <summary>How <see cref="FaceBiasCatalog.ApplyFaceBiasModel(TransformsCatalog, string, FaceModelOptions)"/> reads and
/// writes.</summary>
public sealed class FaceModelOptions : PictureModelOptions
{
    /// <summary>What stands before the name of every column that is added. A column that is there already is never
    /// replaced.</summary>
    public string OutputColumnPrefix { get; set; } = "";

    /// <summary>The one target to predict, whose columns are then <c>PredictedLabel</c> and <c>Score</c>, as ML.NET's
    /// evaluators expect them; null for all.</summary>
    public string? Target { get; set; }

    internal override void Check() => base.Check();
}

/// <summary>How <see cref="FaceBiasCatalog.ApplyBackbone(TransformsCatalog, BackboneOptions)"/> reads and
/// writes.</summary>
public sealed class BackboneOptions : PictureModelOptions
{
    /// <summary>The column of features.</summary>
    public string OutputColumnName { get; set; } = "Features";

    /// <summary>A backbone of the catalogue, one that was imported, or the file of one.</summary>
    public string Backbone { get; set; } = "faceres";

    /// <summary>The folder of downloaded models; null for FaceBias's own.</summary>
    public string? Home { get; set; }

    internal override void Check()
    {
        base.Check();
        if (string.IsNullOrEmpty(OutputColumnName))
            throw new ArgumentException("Name the column of features.", nameof(OutputColumnName));
        if (string.IsNullOrEmpty(Backbone))
            throw new ArgumentException("Name the backbone.", nameof(Backbone));
    }
}
