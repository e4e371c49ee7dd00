using NetVips;

namespace FaceBias.Core.Imaging;

/// <summary>libvips, set up once: only the loaders of pictures that people store, one thread per picture (the pipeline
/// runs many pictures at a time), no cache of operations, and errors as exceptions instead of lines on standard
/// error.</summary>
internal static class Vips
{
    private static readonly string[] Loaders =
    [
        "VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadNsgif",
        "VipsForeignLoadTiff",
        "VipsForeignLoadHeif", "VipsForeignLoadSvg",
    ];

    static Vips()
    {
        // g_warning of libvips and its codecs goes to standard error unless somebody takes it.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.All, (_, _, _) => { });
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        Operation.Block("VipsForeignLoad", true);
        foreach (var loader in Loaders)
            Operation.Block(loader, false);
    }

    /// <summary>Runs the set-up; cheap after the first call.</summary>
    public static void Use()
    {
        // Touching the type runs its static constructor once.
    }

    /// <summary>The first line of libvips' complaint, as the end of a sentence.</summary>
    public static string Reason(VipsException e)
    {
        var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.FirstOrDefault(l => !l.StartsWith("unable to call", StringComparison.Ordinal))
            ?? lines.FirstOrDefault() ?? "unknown reason";
        return line.Trim().TrimEnd('.');
    }
}
