using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Workflows.RunFolders;

/// <summary>The images that a model was trained and chosen on, by their content.</summary>
internal static class TrainedImages
{
    /// <summary>The metadata property of a model that lists, as SHA-256 in base64, what it was trained on beyond the
    /// manifest beside it.</summary>
    private const string Key = "facebias.trained";

    /// <param name="manifestFile">The manifest beside the model.</param>
    public static Dictionary<Digest, Split> Of(string manifestFile, ModelProto model)
    {
        var trained = Of(Manifest.Read(manifestFile));
        try
        {
            foreach (var digest in Convert.FromBase64String(model.Metadata(Key) ?? "").Chunk(Digest.Size))
                trained.TryAdd(new(digest), Split.Train);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FaceBiasException(
                $"The '{Key}' metadata of the model beside '{manifestFile}' is damaged; make the model again.", e);
        }
        return trained;
    }

    public static Dictionary<Digest, Split> Of(Manifest manifest)
    {
        var splits = new Dictionary<Digest, Split>();
        for (var i = 0; i < manifest.Count; i++)
            if (manifest.Splits[i] is Split.Train or Split.Validation)
                splits[manifest.Sha256[i]] = manifest.Splits[i];
        return splits;
    }

    /// <summary>Lets a model remember further images.</summary>
    public static void Add(ModelProto model, IEnumerable<Digest> images)
    {
        Digest[] all = [.. images.Distinct().Order()];
        var bytes = new byte[all.Length * Digest.Size];
        foreach (var (i, digest) in all.Index())
            digest.CopyTo(bytes.AsSpan(i * Digest.Size));
        if (all.Length > 0)
            model.SetMetadata(Key, Convert.ToBase64String(bytes));
    }
}
