namespace FaceBias.Core.Tests;

public class FileFaultTests
{
    [Fact]
    public void The_sentence_has_the_reason_and_the_advice_once()
    {
        var e = FileFault.Of("Cannot read 'a.csv'", new IOException("The disk is gone."), "check its permissions",
            ErrorKind.Busy);
        Assert.Equal(("Cannot read 'a.csv': The disk is gone; check its permissions.", ErrorKind.Busy),
            (e.Message, e.Kind));
        Assert.Equal("Cannot read 'a.csv': Denied.",
            FileFault.Of("Cannot read 'a.csv'", new UnauthorizedAccessException("Denied")).Message);
    }

    [Fact]
    public void Only_the_file_system_is_at_fault()
    {
        Assert.True(FileFault.Is(new FileNotFoundException()));
        Assert.True(FileFault.Is(new UnauthorizedAccessException()));
        Assert.False(FileFault.Is(new InvalidDataException()));
        Assert.False(FileFault.Is(new FaceBiasException("No.")));
    }
}
