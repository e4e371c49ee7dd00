namespace FaceBias.Core.Imaging;

/// <summary>Which library decodes pictures: libvips where it loads; where it does not, ImageSharp, if its package is
/// there. The variable FACEBIAS_DECODER names one of them.</summary>
internal static class PictureCodecs
{
    /// <summary>Names the library: libvips or imagesharp.</summary>
    public const string Variable = "FACEBIAS_DECODER";

    private static readonly Lazy<IPictureCodec> s_default =
        new(() => Choose(Environment.GetEnvironmentVariable(Variable), NetVips.ModuleInitializer.VipsInitialized));

    /// <summary>The library of this process.</summary>
    /// <exception cref="FaceBiasException">There is none.</exception>
    public static IPictureCodec Default => s_default.Value;

    /// <summary>ImageSharp, or null where the package FaceBias.ImageSharp is not there.</summary>
    public static IPictureCodec? Managed
        { get; } = Type.GetType("FaceBias.ImageSharp.ImageSharpCodec, FaceBias.ImageSharp") is { } codec
        ? (IPictureCodec?)Activator.CreateInstance(codec) : null;

    /// <summary>The name of a folder for what is computed from pixels: other decoders give slightly other
    /// pixels.</summary>
    public static string Cache(string folder) => Default is VipsCodec ? folder : $"{folder}-{Default.Name}";

    internal static IPictureCodec Choose(string? wanted, bool vipsLoads) => wanted switch
    {
        null or "" => vipsLoads ? new VipsCodec() : Managed ?? throw new FaceBiasException(
            "libvips does not load here, and pictures cannot be decoded: install libvips 8.15 or later, or add the "
                + "package FaceBias.ImageSharp.", ErrorKind.Unsupported),
        "libvips" => vipsLoads ? new VipsCodec()
            : throw new FaceBiasException(
                $"{Variable} is libvips, which does not load here; unset it or install libvips."),
        "imagesharp" =>
            Managed ?? throw new FaceBiasException(
                $"{Variable} is imagesharp, whose package FaceBias.ImageSharp is not there; unset it or add the package.",
                ErrorKind.Missing),
        _ => throw new FaceBiasException($"{Variable} must be libvips or imagesharp, not '{wanted}'."),
    };
}
