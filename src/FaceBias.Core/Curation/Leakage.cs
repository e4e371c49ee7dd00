using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation;

/// <summary>Finds the same image, or nearly the same, on several sides of a split.</summary>
internal static class Leakage
{
    /// <summary>Flags every image whose cluster of exact and near duplicates has members in more than one
    /// split.</summary>
    public static void Flag(Manifest manifest)
    {
        // Clusters are numbered by one of their rows.
        var seen = new byte[manifest.Count];
        for (var i = 0; i < manifest.Count; i++)
        {
            if (manifest.Splits[i] != Split.None)
                seen[manifest.Cluster[i]] |= (byte)(1 << (int)manifest.Splits[i]);
        }
        for (var i = 0; i < manifest.Count; i++)
        {
            if (manifest.Splits[i] != Split.None && !int.IsPow2(seen[manifest.Cluster[i]]))
                manifest.Flags[i] |= ManifestFlags.Leak;
        }
    }
}
