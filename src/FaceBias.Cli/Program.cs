System.Console.Error.WriteLine("facebias");
return 2;
