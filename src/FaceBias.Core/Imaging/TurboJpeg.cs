using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace FaceBias.Core.Imaging;

/// <summary>libturbojpeg, where it is installed: the TurboJPEG API that every version since 1.2 has.</summary>
internal sealed unsafe class TurboJpeg
{
    private const int Rgb = 0;

    private static readonly string[] s_names = OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ? ["libturbojpeg.0.dylib", "libturbojpeg.dylib"]
            : ["libturbojpeg.so.0", "libturbojpeg.so"];

    private static readonly ConcurrentBag<TurboJpeg> s_pool = [];
    private static readonly delegate* unmanaged[Cdecl]<nint> s_init;
    private static readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int,
        int> s_decompress;

    private readonly nint _handle;

#pragma warning disable CA1810 // Function pointers can only be set here.
    static TurboJpeg()
#pragma warning restore CA1810
    {
        foreach (var name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "tjInitDecompress", out var init)
                && NativeLibrary.TryGetExport(library, "tjDecompress2", out var decompress))
            {
                s_init = (delegate* unmanaged[Cdecl]<nint>)init;
                s_decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int,
                    int>)decompress;
                return;
            }
        }
    }

    private TurboJpeg(nint handle) => _handle = handle;

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable => s_init != null;

    /// <summary>A decoder for the use of one thread, or null where the library is not installed. There are never more
    /// than have been used at one time, and they live as long as the process.</summary>
    public static TurboJpeg? Rent()
    {
        if (!IsAvailable)
            return null;
        if (s_pool.TryTake(out var pooled))
            return pooled;
        var handle = s_init();
        return handle == 0 ? null : new(handle);
    }

    public static void Return(TurboJpeg decoder) => s_pool.Add(decoder);

    /// <summary>Decodes to interleaved RGB of the buffer's size, which is the picture's. False on any error or warning,
    /// such as a cut file.</summary>
    public bool TryDecode(ReadOnlySpan<byte> jpeg, PixelBuffer pixels)
    {
        fixed (byte* source = jpeg, target = pixels.Span)
            return s_decompress(_handle, source, new CULong((nuint)jpeg.Length), target, pixels.Width, 0, pixels.Height,
                Rgb, 0) == 0;
    }
}
